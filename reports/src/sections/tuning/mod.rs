//! This section shows the sweep behind the peak learning rates.

pub mod facts;
mod plot;
pub mod remarks;
mod table;
mod words;

use super::blocks::tuned_by;
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};

/// Puts the section together.
///
/// # Errors
/// This fails when the plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let mut blocks = vec![Block::Prose(words::sweep(report))];
    blocks.extend(plot::plot(report)?.map(|plot| Block::Plot(plot, tuned_by(report))));
    blocks.extend(table::table(report).map(|table| Block::Table(table, tuned_by(report))));
    if let Some(tuning) = &report.run.manifest.tuning {
        blocks.push(Block::Prose(format!("Records of the sweep: {} (SHA-256 {}).", tuning.records, tuning.sha256)));
    }
    Ok(Section { id: "rates", title: "Learning rates", blocks })
}
