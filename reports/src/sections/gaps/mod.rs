//! This section shows the gaps: supernet against scratch, subnet by subnet.

pub mod cells;
pub mod facts;
mod find_table;
pub mod finds;
mod per_subnet_plot;
mod scatter_plot;
pub mod words;

use super::blocks::{plot, plot_or, table};
use super::report::Report;
use crate::error::Result;
use crate::page::block::Section;

/// Puts the section together.
///
/// # Errors
/// This fails when a plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let absent = "Not available: no subnet has both a supernet's score and one from scratch.";
    let mut blocks = vec![plot_or(report, scatter_plot::plot(report)?, absent)];
    blocks.extend(per_subnet_plot::plot(report)?.map(|shown| plot(report, shown)));
    blocks.extend(find_table::table(report).map(|shown| table(report, shown)));
    Ok(Section { id: "gaps", title: "Gaps", blocks })
}
