//! This section shows the cost of training, by method and by job.

mod plot;
mod table;

use super::blocks::{plot, table, table_or};
use super::report::Report;
use crate::error::Result;
use crate::page::block::Section;

/// Puts the section together.
///
/// # Errors
/// This fails when the plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let absent = "Not available: no training job has finished.";
    let mut blocks = vec![table_or(report, table::by_method(report), absent)];
    blocks.extend(plot::plot(report)?.map(|shown| plot(report, shown)));
    blocks.extend(table::by_job(report).map(|shown| table(report, shown)));
    Ok(Section { id: "cost", title: "Cost", blocks })
}
