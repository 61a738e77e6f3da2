//! This says in sentences how networks were fine-tuned, and on which tasks pre-training shows.

use super::facts::{self, Worth};
use crate::page::format::{count, fixed};
use crate::run::mean;
use crate::sections::report::Report;

/// Says how the scores came about.
pub fn protocol(report: &Report) -> String {
    let tuned = &report.run.tasks.tuned;
    let chosen = if tuned.iter().any(|t| t.selected_on_reported) {
        "The best setting of each network was selected on the reported split itself, as GLUE's published scores are: they \
         are too good by what the choice gains."
    } else {
        "The best setting of each network was selected on validation; what is shown is of test."
    };
    let routed = if tuned.iter().any(|t| t.is_routed) { " Experts and routers went on learning." } else { "" };
    format!("Each network is fine-tuned on each task by itself. {chosen}{routed}")
}

/// Says of each task whether pre-training beats random weights.
pub fn worth(report: &Report) -> Vec<String> {
    facts::worth(&report.run.tasks).iter().map(sentence).collect()
}

fn sentence(worth: &Worth) -> String {
    let task = &worth.task;
    let Some(difference) = mean(worth.differences.iter().copied()) else {
        return format!("{task}: not compared with random weights.");
    };
    let pairs = count(worth.differences.len(), "pair");
    let linear = match (worth.pretrained, worth.linear) {
        (Some(own), Some(linear)) if own < linear => " A linear model on bags of words does better than either.",
        _ => "",
    };
    let by = fixed(difference.abs(), 1);
    if worth.is_decisive() {
        return format!("{task}: pre-training beats random weights by {by} points ({pairs}, all of them).{linear}");
    }
    let direction = if difference > 0.0 { "better" } else { "worse" };
    format!(
        "{task}: pre-training does not beat random weights ({by} points {direction} on average over {pairs}, not in all of \
         them): this task decides nothing here.{linear}"
    )
}
