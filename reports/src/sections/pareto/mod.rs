//! This section sets latency against quality of what each method's searches found, with the fronts.

pub mod facts;
mod plot;
mod published;
mod table;
mod words;

use super::blocks::{plot_or, table};
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};

/// Puts the section together.
///
/// # Errors
/// This fails when the plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let absent = "Not available: no found subnet has both a latency and a score.";
    let mut blocks = vec![plot_or(report, plot::plot(report)?, absent)];
    let tradeoff = words::tradeoff(report);
    if !tradeoff.is_empty() {
        blocks.push(Block::Prose(tradeoff));
    }
    let tables = [table::fronts(report), table::points(report)];
    blocks.extend(tables.into_iter().flatten().map(|shown| table(report, shown)));
    Ok(Section { id: "pareto", title: "Latency and quality", blocks })
}
