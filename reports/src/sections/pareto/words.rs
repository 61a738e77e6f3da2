//! This says in a sentence what the fronts cover.

use super::facts::MethodFront;
use crate::page::format::{fixed, list};
use crate::sections::latency;
use crate::sections::report::Report;

/// States the trade-off of latency and quality; empty where there is nothing.
pub fn tradeoff(report: &Report) -> String {
    let volumes = |pick: fn(&MethodFront) -> Option<f64>| -> Vec<String> {
        let shown = |front| Some(format!("{} for {}", fixed(pick(front)?, 2), front.method));
        report.tradeoff.fronts.iter().filter_map(shown).collect()
    };
    let (inherited, scratch) = (volumes(|front| front.inherited.1), volumes(|front| front.scratch.1));
    let parts: Vec<String> = [(inherited, "with inherited weights"), (scratch, "trained from scratch")]
        .into_iter()
        .filter(|(each, _)| !each.is_empty())
        .map(|(each, what)| format!("{what} {}", list(&each)))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(
        "In latency and {} together, the fronts of the found subnets cover this share of the box between the best and \
         the worst values: {}. These hypervolumes have no intervals, so they name no best method.{}",
        report.run.primary.words(),
        parts.join("; "),
        latency::words::unsteady_subnets(report)
    )
}
