//! This section shows what evolution found under each limit, beside random search with as many subnets.

pub mod facts;
mod plot;
mod table;
mod words;

use super::blocks::{plot_or, table as block, table_or};
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};

/// Puts the section together.
///
/// # Errors
/// This fails when the plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let absent = "Not available: no search has ended.";
    let mut blocks = vec![table_or(report, table::table(report), absent)];
    if !report.searches.is_empty() {
        blocks.insert(0, Block::Prose(words::outcome(report)));
        blocks.push(plot_or(report, plot::plot(report)?, "Courses of the searches: not available."));
        blocks.extend(table::effort(report).map(|shown| block(report, shown)));
    }
    Ok(Section { id: "search", title: "Search", blocks })
}
