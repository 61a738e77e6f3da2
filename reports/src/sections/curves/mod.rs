//! This section shows whether training from scratch learned anything, and the learning curves.

pub mod facts;
mod plot;
pub mod words;

use super::blocks::plot_or;
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};

/// Puts the section together.
///
/// # Errors
/// This fails when a plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let absent = "Learning curves: not available, no training job recorded one.";
    let blocks = vec![Block::Prose(words::learns_check(report)), plot_or(report, plot::plot(report)?, absent)];
    Ok(Section { id: "learning", title: "Learning", blocks })
}
