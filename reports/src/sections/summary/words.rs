//! This says what the run compared, and what its scale cannot show.

use mos_base::Split;
use mos_plan::Metric;
use mos_plan::headline::Headline;

use crate::page::format::{count, list};
use crate::run::{Start, is_published_size, larger, start};
use crate::sections::curves;
use crate::sections::report::Report;

/// What no count of FLOPs holds where trainings start from a public network.
const FROM_PUBLIC: &str =
    "what was spent on the public network that trainings started from is in no count of updates or FLOPs";

/// Says what was trained on what, and compared by what.
pub fn compared(report: &Report) -> String {
    let run = &report.run;
    let corpus = run.manifest.corpus();
    let methods = match run.methods.as_slice() {
        [] => "No supernet has finished yet".to_owned(),
        some => format!("This run trained {} ({})", count(some.len(), "weight-sharing supernet method"), list(some)),
    };
    let on = format!("on {}, {},", corpus.title, corpus.languages());
    let beside = if report.gaps.is_empty() {
        "; scores from a supernet beside scores from scratch are not available yet, so no gap can be given.".to_owned()
    } else {
        format!(
            " and set {} beside the same subnets trained from scratch on the same batches for as many updates, by {} \
             ({}).{}",
            scored_subnets(report),
            run.primary.words(),
            if run.primary.lower_is_better() { "lower is better" } else { "higher is better" },
            without_scores(report),
        )
    };
    format!("{methods} {on}{beside}")
}

/// Says over which subnets the headline is.
fn scored_subnets(report: &Report) -> String {
    let subnets = report.gaps.iter().map(|g| g.subnets).max().unwrap_or(0);
    match report.run.manifest.headline {
        Headline::All => count(subnets, "subnet"),
        Headline::Random => count(subnets, "random subnet"),
    }
}

/// Names the methods that have no gap; empty where each has one.
fn without_scores(report: &Report) -> String {
    let without: Vec<String> = report.run.methods.iter().filter(|m| report.gap(m).is_none()).cloned().collect();
    match without.as_slice() {
        [] => String::new(),
        [one] => format!(" {one} has no scores to compare."),
        some => format!(" {} have no scores to compare.", list(some)),
    }
}

/// Says what the scale cannot show.
pub fn limits(report: &Report) -> String {
    let run = &report.run;
    let mut parts = curves::words::remarks(report);
    if let Some(most) = run.facts.most_parts() {
        parts.push(format!(
            "memory was short, so micro-batches of some trainings were cut into up to {most} parts (as many tokens an \
             update)"
        ));
    }
    match run.seeds.len() {
        0 | 1 => parts.push(
            "one seed was trained, so no interval here covers how another training would have come out".to_owned(),
        ),
        few if few < 5 => parts.push(format!("{} are few for a bootstrap", count(few, "seed"))),
        _ => {}
    }
    if run.subnets.len() < 10 {
        parts.push(format!("rank correlations over {} are rough", count(run.subnets.len(), "subnet")));
    }
    match start(&run.manifest.profile_toml) {
        Start::Random => {}
        Start::Public => parts.push(FROM_PUBLIC.to_owned()),
        Start::PublicSupernets => parts.push(format!(
            "as published, supernets started from the public network and subnets from scratch from random weights, so that \
             a gap is no difference of methods alone; {FROM_PUBLIC}"
        )),
    }
    if !is_published_size(&run.manifest) {
        let pairs = run.facts.data(Metric::Pairs, Some(Split::Train));
        let pairs = pairs.map_or(String::new(), |n| format!(" and {}", count(n.round() as usize, "training pair")));
        parts.push(format!(
            "models of this size (space {}){pairs} do not show how full-size models on the published corpora compare",
            run.manifest.space
        ));
    }
    let larger = larger(&run.manifest.profile_toml);
    let limits = (!parts.is_empty()).then(|| format!("Bear in mind: {}.", parts.join("; ")));
    [limits, larger].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
