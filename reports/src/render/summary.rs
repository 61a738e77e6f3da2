//! The report's plain-language summary: every sentence is computed from the records.

use super::format::{count, fixed, list, significant};
use super::model::comparisons::{self, Credit, credits};
use super::model::{Quality, Report, SCRATCH};
use crate::stats::Verdict;

pub mod study;

/// The text under the title: what was found, then what the scale cannot show.
pub fn paragraphs(report: &Report) -> Vec<String> {
    let found =
        [compared(report), sizes(report), below_zero(report), verdicts(report), credit(report), own_gains(report)];
    let found = found.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ");
    let [savings, tradeoff] = study::paragraphs(report);
    [found, savings, tradeoff, limits(report)].into_iter().filter(|text| !text.is_empty()).collect()
}

fn compared(report: &Report) -> String {
    let m = &report.manifest;
    let methods = match report.methods.as_slice() {
        [] => "No supernet has finished yet".to_owned(),
        some => format!("This run trained {} ({})", count(some.len(), "weight-sharing supernet method"), list(some)),
    };
    let on = format!("on {}, {} to {},", m.data.title, m.data.source_language, m.data.target_language);
    let beside = if report.gaps.is_empty() {
        "; scores from a supernet beside scores from scratch are not available yet, so no gap can be given.".to_owned()
    } else {
        let subnets = report.gaps.iter().map(|g| g.subnets.len()).max().unwrap_or(0);
        let seeds = report.gaps.iter().map(|g| g.seeds.len()).max().unwrap_or(0);
        format!(
            " and compared {} with the same subnets trained from scratch on the same batches for as many updates, by {} \
             ({}), over {}.",
            count(subnets, "subnet"),
            report.primary.words(),
            if report.primary.lower_is_better() { "lower is better" } else { "higher is better" },
            count(seeds, "seed"),
        )
    };
    format!("{methods} {on}{beside}")
}

/// Mean absolute gaps, smallest first.
fn sizes(report: &Report) -> String {
    let decimals = report.primary.decimals();
    let mut sizes: Vec<(f64, &str)> =
        report.gaps.iter().filter_map(|g| Some((g.gap.mae.value?, g.method.as_str()))).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    if sizes.is_empty() {
        return String::new();
    }
    let each: Vec<String> =
        sizes.iter().map(|(mae, method)| format!("{} for {method}", fixed(*mae, decimals))).collect();
    format!("The mean absolute gap ({}) is {}.", report.primary.unit(), list(&each))
}

fn below_zero(report: &Report) -> String {
    let ahead: Vec<String> = report
        .gaps
        .iter()
        .filter(|g| g.gap.mean_gap.value.is_some_and(|v| v < 0.0))
        .map(|g| g.method.clone())
        .collect();
    if ahead.is_empty() {
        return String::new();
    }
    format!(
        "For {} the mean signed gap is below zero: the shared weights do better than training from scratch. With few data \
         and several passes over them that says something about regularisation, not that weight sharing costs nothing.",
        list(&ahead)
    )
}

fn verdicts(report: &Report) -> String {
    let mut sentences = Vec::new();
    for baseline in super::model::comparisons::BASELINES {
        let with = |verdict: Verdict| -> Vec<String> {
            let of = report.comparisons.iter().filter(|c| c.against == baseline && c.verdict == verdict);
            of.map(|c| c.method.clone()).collect()
        };
        let parts: Vec<String> = [Verdict::Narrower, Verdict::Wider, Verdict::Inconclusive]
            .into_iter()
            .map(|verdict| (verdict.word(), with(verdict)))
            .filter(|(_, methods)| !methods.is_empty())
            .map(|(word, methods)| format!("{word} for {}", list(&methods)))
            .collect();
        if !parts.is_empty() {
            sentences.push(format!("Paired against {baseline}, the gap is {}.", list(&parts)));
        }
    }
    sentences.join(" ")
}

/// What the gains over `sandwich` in the absolute gap can be credited to; empty where there is none.
pub fn credit(report: &Report) -> String {
    let credits = credits(report);
    let with = |wanted: Credit| -> Option<String> {
        let methods: Vec<String> =
            credits.iter().filter(|(_, credit)| *credit == wanted).map(|(method, _)| (*method).to_owned()).collect();
        (!methods.is_empty()).then(|| list(&methods))
    };
    let sentences = [
        with(Credit::Routing)
            .map(|m| format!("The gain of {m} over sandwich is credited to routing by architecture: every control is beaten.")),
        with(Credit::NotRouting).map(|m| {
            format!("The gain of {m} over sandwich is not credited to routing by architecture: the gap is not narrower than that of every control.")
        }),
        with(Credit::NoControl).map(|m| {
            format!(
                "Whether the gain of {m} over sandwich comes from routing by architecture is open: the control with a \
                 constant router was not run."
            )
        }),
    ];
    sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// How much better the mixtures' own scores are than `sandwich`'s, and how much of that the controls show.
pub fn own_gains(report: &Report) -> String {
    let (unit, decimals) = (report.primary.unit(), report.primary.decimals());
    let sentence = |gain: &comparisons::OwnGain| {
        let controls = [
            gain.constant.map(|g| format!("its constant-router control gains {}", fixed(g, decimals))),
            gain.merged_init.map(|g| format!("plain sharing with merged initialisation {}", fixed(g, decimals))),
        ];
        let controls: Vec<String> = controls.into_iter().flatten().collect();
        let controls = if controls.is_empty() { String::new() } else { format!("; {}", list(&controls)) };
        format!(
            "By its own scores on the same subnets {} gains {} {unit} over sandwich{controls}.",
            gain.method,
            fixed(gain.gain, decimals)
        )
    };
    comparisons::own_gains(report).iter().map(sentence).collect::<Vec<_>>().join(" ")
}

/// What the scale cannot show.
fn limits(report: &Report) -> String {
    let mut parts = Vec::new();
    if learned(report).is_some_and(|below| below < LEARNED) {
        parts.push(format!(
            "training from scratch ended less than {LEARNED} nats below the unigram entropy, too little for a comparison \
             of methods to mean much"
        ));
    }
    let failed = not_learned(report);
    if !failed.is_empty() {
        parts.push(format!(
            "{} from scratch ended less than {LEARNED} nats below the unigram entropy: {} gap says that this training went \
             wrong, not how good sharing is",
            list(&failed),
            if failed.len() == 1 { "its" } else { "their" }
        ));
    }
    if let Some(most) = report.facts.most_parts() {
        parts.push(format!(
            "memory was short, so micro-batches of some trainings were cut into up to {most} parts (as many tokens an update)"
        ));
    }
    if report.seeds.len() == 1 {
        parts.push("one seed was trained, so no interval here covers how another seed would have come out".to_owned());
    } else if report.seeds.len() < 5 {
        parts.push(format!("{} are few for a bootstrap", count(report.seeds.len(), "seed")));
    }
    if report.subnets.len() < 10 {
        parts.push(format!("rank correlations over {} are rough", count(report.subnets.len(), "subnet")));
    }
    if report.manifest.profile != "paper" {
        let pairs = report.facts.data("pairs", "train");
        let pairs = pairs.map_or(String::new(), |n| format!(" and {}", count(n.round() as usize, "training pair")));
        parts.push(format!(
            "models of this size (space {}){pairs} do not show how full-size models on the published corpora compare",
            report.manifest.space
        ));
    }
    if parts.is_empty() { String::new() } else { format!("Bear in mind: {}.", parts.join("; ")) }
}

/// How far below the unigram entropy a network that has learned to translate stands, nats a token.
const LEARNED: f64 = 2.0;

/// Subnets other than the largest that did not learn from scratch.
fn not_learned(report: &Report) -> Vec<String> {
    let largest = report.manifest.subnets.iter().max_by_key(|card| card.params).map(|card| card.name.as_str());
    let (Some(entropy), Some(loss)) = (report.facts.data("unigram_entropy", "valid"), Quality::find("loss", "valid"))
    else {
        return Vec::new();
    };
    let failed = |name: &&String| {
        let reached = report.facts.mean_score(loss, SCRATCH, name, &report.seeds);
        Some(name.as_str()) != largest && reached.is_some_and(|reached| entropy - reached < LEARNED)
    };
    report.subnets.iter().chain(&report.found).filter(failed).cloned().collect()
}

/// Mean score from scratch of the largest subnet.
fn largest_from_scratch(report: &Report, metric: &str, split: &str) -> Option<f64> {
    let largest = report.manifest.subnets.iter().max_by_key(|card| card.params)?;
    report.facts.mean_score(Quality::find(metric, split)?, SCRATCH, &largest.name, &report.seeds)
}

/// How far the largest subnet's validation loss from scratch is below the unigram entropy, nats a token.
fn learned(report: &Report) -> Option<f64> {
    Some(report.facts.data("unigram_entropy", "valid")? - largest_from_scratch(report, "loss", "valid")?)
}

/// Whether training from scratch learned at all: the largest subnet beside what knows only token frequencies.
pub fn learns_check(report: &Report) -> String {
    let entropy = report.facts.data("unigram_entropy", "valid");
    let mut text = match (learned(report), entropy) {
        (Some(below), Some(entropy)) => format!(
            "Does training from scratch learn? The largest subnet reaches a validation loss of {} nats/token, {} nats {} \
             the unigram entropy of {}. {}",
            fixed(entropy - below, 3),
            fixed(below.abs(), 3),
            if below >= 0.0 { "below" } else { "above" },
            fixed(entropy, 3),
            if below >= LEARNED {
                "It learned more than token frequencies."
            } else {
                "It did not learn enough for a comparison of methods to mean much."
            }
        ),
        _ => "Does training from scratch learn? Not available: the largest subnet's loss from scratch, or the unigram \
              entropy, is not recorded."
            .to_owned(),
    };
    let bleu = largest_from_scratch(report, "bleu", "test");
    if let (Some(bleu), Some(copy)) = (bleu, report.facts.data("copy_bleu", "test")) {
        text.push_str(&format!(
            " Its test BLEU is {}; copying the source gives {}.",
            significant(bleu, 3),
            fixed(copy, 2)
        ));
    }
    text
}

/// What the sweep's ends say.
pub fn sweep_remark(report: &Report) -> String {
    let Some(sweep) = &report.tuning else {
        return "The peak learning rates of this run have no sweep on record: not available. An untuned comparison may \
                say more about the rates than about the methods."
            .to_owned();
    };
    let mut text = match sweep.at_an_end().as_slice() {
        [] => "Every best rate stood inside the rates that were tried.".to_owned(),
        ends => format!("The best rate stood at an end of the rates that were tried for {}.", list(ends)),
    };
    for remark in sweep.remarks(report.methods.iter().map(String::as_str), &report.manifest.data.id) {
        text.push_str(&format!(" Mind: {remark}."));
    }
    if !sweep.schedules && !report.study.retraining.trainings.is_empty() {
        text.push_str(&format!(" Mind: {}.", super::UNTUNED_SCHEDULE));
    }
    text
}
