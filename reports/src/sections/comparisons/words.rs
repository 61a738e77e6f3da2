//! This says in words what was compared and what is decided.

use super::family::Primary;
use crate::page::format::{capital, list};
use crate::sections::report::Report;
use crate::stats::{Basis, LEAST_SEEDS, Verdict};

/// Names what methods are compared by.
pub fn difference_name(basis: Basis) -> &'static str {
    match basis {
        Basis::AbsoluteGap => "mean absolute gap",
        Basis::OwnScores => "mean signed gap",
    }
}

/// Says what the intervals of a run cover.
pub fn covers(report: &Report) -> &'static str {
    match report.run.seeds.len() {
        0 | 1 => "over redrawn subnets of one training: they say nothing of another training",
        n if n < LEAST_SEEDS => "over redrawn subnets and seeds; two trainings are too few for them to be trusted",
        _ => "over redrawn subnets and seeds; with few seeds they are rather too narrow",
    }
}

/// Says what the comparisons that may be decided came to, in one short sentence.
pub fn verdicts(report: &Report) -> String {
    let primary = &report.family.primary;
    if primary.is_empty() {
        return match report.run.seeds.len() {
            n if n < LEAST_SEEDS => format!("Not decided: {}.", Verdict::FewTrainings(n).words()),
            _ => "Not decided: this run lists no comparison to decide.".to_owned(),
        };
    }
    let pair = |one: &Primary| format!("{} against {}", one.method, one.against);
    let mut seen: Vec<Verdict> = Vec::new();
    for one in primary {
        if !seen.contains(&one.verdict) {
            seen.push(one.verdict);
        }
    }
    if let [Verdict::FewTrainings(_)] = seen.as_slice() {
        return format!("Not decided: {}.", seen[0].words());
    }
    let parts = seen.iter().map(|verdict| {
        let of_it: Vec<String> = primary.iter().filter(|one| one.verdict == *verdict).map(pair).collect();
        format!("{} for {}", verdict.words(), list(&of_it))
    });
    let text = parts.collect::<Vec<_>>().join("; ");
    format!("{}.", capital(&text))
}
