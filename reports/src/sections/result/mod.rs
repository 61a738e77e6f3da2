//! This section shows the result: gaps, what a gain can be credited to, what failed, paired
//! differences, and what each method is.

mod ends;
mod failed;
mod methods;
mod table;

use mos_spaces::method::baselines;

use super::blocks::{table, table_or};
use super::comparisons::table as comparisons;
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};
pub use failed::failures;

/// Puts the section together.
///
/// # Errors
/// This fails when a statistic fails.
pub fn section(report: &Report) -> Result<Section> {
    let mut blocks = Vec::new();
    if report.run.methods.is_empty() {
        blocks.push(Block::Prose("Headline table: not available, no supernet has finished.".to_owned()));
    } else {
        blocks.push(table(report, table::headline(report)));
    }
    let decided = [ends::table(report), comparisons::credit_table(report)];
    let failed = [failed::trainings(report), failed::gaps(report)];
    blocks.extend(decided.into_iter().chain(failed).flatten().map(|shown| table(report, shown)));
    let names: Vec<&str> = baselines().iter().map(|baseline| baseline.name.as_str()).collect();
    let absent = format!(
        "Paired differences: not available, they need a method beside {}, all with scores.",
        names.join(" or ")
    );
    blocks.push(table_or(report, comparisons::paired(report), &absent));
    let absent = "Controls: not available, this run holds no mixture of experts beside one of its controls.";
    blocks.push(table_or(report, comparisons::controls(report), absent));
    if !report.run.methods.is_empty() {
        blocks.push(table(report, table::minor(report)?));
    }
    blocks.push(table(report, methods::table(report)));
    Ok(Section { id: "result", title: "Result", blocks })
}
