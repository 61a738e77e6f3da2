//! This puts the sweep into sentences.

use super::remarks::{UNTUNED_SCHEDULE, remarks};
use crate::page::format::list;
use crate::sections::report::Report;

/// Tells what the ends of the sweep show, and what it leaves open.
pub fn sweep(report: &Report) -> String {
    let Some(sweep) = &report.sweep else {
        return "The peak learning rates of this run have no sweep on record: not available. An untuned comparison may \
                say more about the rates than about the methods."
            .to_owned();
    };
    let mut text = match sweep.at_an_end().as_slice() {
        [] => "Every best rate stood inside the rates that were tried.".to_owned(),
        ends => format!("The best rate stood at an end of the rates that were tried for {}.", list(ends)),
    };
    let methods = report.run.methods.iter().map(String::as_str);
    for remark in remarks(sweep, methods, &report.run.manifest.corpus().id) {
        text.push_str(&format!(" Mind: {remark}."));
    }
    if !sweep.schedules && !report.retraining.trainings.is_empty() {
        text.push_str(&format!(" Mind: {UNTUNED_SCHEDULE}."));
    }
    text
}
