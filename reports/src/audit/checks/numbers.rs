//! Do the numbers follow from each other?

use std::fs;

use mos_plan::Metric;
use mos_plan::files::folder::{MANIFEST, REPORT};
use mos_plan::files::job::RECORDS;
use mos_spaces::read::json;
use mos_spaces::{SearchSpace, count};

use super::structure::who;
use crate::audit::checked::{Checked, Mark};
use crate::audit::subject::AuditedRun;
use crate::page::html::GENERATOR;

/// Gives the least and the most that a metric can be.
fn range(metric: Metric) -> (f64, f64) {
    match metric {
        Metric::Bleu | Metric::TokenisedBleu | Metric::Chrf | Metric::CopyBleu | Metric::CopyChrf => (0.0, 100.0),
        Metric::MaskedAccuracy | Metric::TaskAccuracy | Metric::TaskF1 | Metric::TaskMajority => (0.0, 100.0),
        Metric::TaskMatthews | Metric::TaskPearson | Metric::TaskSpearman => (-100.0, 100.0),
        Metric::Utilisation | Metric::FineTuneRandom | Metric::FineTuneRouted | Metric::FineTuneContinued => (0.0, 1.0),
        Metric::SelectedOnReported | Metric::RetrainReached | Metric::RetrainDiverged => (0.0, 1.0),
        Metric::PredictorTau => (-1.0, 1.0),
        _ => (0.0, f64::MAX),
    }
}

/// N1: every value is possible.
pub fn possible(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("values", Mark::Trusted);
    for (row, record) in run.records.iter().enumerate() {
        let (least, most) = range(record.metric);
        let fits = record.value.is_finite() && record.value >= least && record.value <= most && record.step >= 0;
        checked.check(fits, RECORDS, Some(row), || {
            format!("{} of {} is {} (step {})", record.metric, who(record), record.value, record.step)
        });
    }
    checked
}

/// N4: sizes are those of the architectures.
pub fn sizes(run: &AuditedRun) -> Checked {
    let Ok(space) = SearchSpace::find(&run.manifest.space) else {
        return Checked::cannot_tell("subnets", format!("this program has no space {}", run.manifest.space));
    };
    let mut checked = Checked::of("subnets", Mark::Recomputed);
    for card in run.manifest.subnets.iter().chain(&run.manifest.found_subnets) {
        let read = json::parse(space.family, &format!("{{\"x\": {}}}", card.arch_json));
        let remark = match read.map(|mut read| read.remove(0).1.arch) {
            Ok(arch) => {
                let (params, flops) = (count::params(&space, &arch), count::flops(&space, &arch));
                let fits = (params, flops) == (card.params, card.flops) && arch.summary() == card.summary;
                (!fits).then(|| {
                    format!(
                        "{}: its architecture has {params} parameters and {flops} FLOPs, written are {} and {}",
                        card.id.name, card.params, card.flops
                    )
                })
            }
            Err(reason) => Some(format!("{}: its architecture can't be read: {reason}", card.id.name)),
        };
        checked.check(remark.is_none(), MANIFEST, None, || remark.clone().unwrap_or_default());
    }
    checked
}

/// N5: the report is what the records give.
pub fn report(run: &AuditedRun) -> Checked {
    let folder = run.dir.join(REPORT);
    if !folder.is_dir() {
        return Checked::cannot_tell("files of the report", "the run holds no report");
    }
    if generator(run).as_deref() != Some(GENERATOR) {
        return Checked::cannot_tell("files of the report", "another version of the program drew it (see N8)");
    }
    let drawn = match run.drawn() {
        Ok(drawn) => drawn,
        Err(reason) => {
            return Checked::cannot_tell("files of the report", format!("it can't be drawn again: {reason}"));
        }
    };
    let mut checked = Checked::of("files of the report", Mark::Recomputed);
    for (name, expected) in drawn.files() {
        let file = format!("{REPORT}/{name}");
        let found = fs::read_to_string(folder.join(&name)).ok();
        // The page of a bundle is of its run alone.
        if name == PAGE
            && run.bundle.is_none()
            && let Some(absent) = found.as_deref().and_then(|page| drawn.is_shown_by(page))
        {
            checked.count(None);
            checked.notes.extend(absent.iter().map(|run| {
                format!("the page shows run {run} too, which does not lie beside this one: what it says of that one was not checked")
            }));
            continue;
        }
        checked.check(found.as_ref() == Some(&expected), &file, None, || match found {
            Some(found) => difference(&found, &expected),
            None => "it is missing".to_owned(),
        });
    }
    checked
}

/// N8: the report was drawn by this version of the program, which alone can draw it again.
pub fn generated(run: &AuditedRun) -> Checked {
    let mut checked = Checked::of("reports drawn by this version", Mark::Consistent);
    if run.dir.join(REPORT).is_dir() {
        let found = generator(run);
        checked.check(found.as_deref() == Some(GENERATOR), &format!("{REPORT}/{PAGE}"), None, || {
            format!(
                "it was drawn by {}, this program is {GENERATOR}",
                found.unwrap_or_else(|| "nothing that says so".to_owned())
            )
        });
    }
    checked
}

/// The page of the report.
const PAGE: &str = "index.html";

/// Reads which version of the program drew the page.
fn generator(run: &AuditedRun) -> Option<String> {
    let page = fs::read_to_string(run.dir.join(REPORT).join(PAGE)).ok()?;
    let (_, rest) = page.split_once("<meta name=\"generator\" content=\"")?;
    rest.split_once('"').map(|(name, _)| name.to_owned())
}

/// Shows the first line that differs.
fn difference(found: &str, expected: &str) -> String {
    let short = |line: Option<&str>| {
        line.map_or("nothing".to_owned(), |line| format!("`{}`", line.chars().take(160).collect::<String>()))
    };
    let (mut own, mut other) = (found.lines(), expected.lines());
    for row in 1.. {
        match (own.next(), other.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => return format!("line {row} shows {}, the records give {}", short(a), short(b)),
        }
    }
    "it differs in its line ends".to_owned()
}
