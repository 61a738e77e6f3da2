//! This section shows retraining savings: how much of training from scratch it takes to train a subnet on from inherited
//! weights.

pub mod bounds;
pub mod facts;
pub mod paired;
mod plot;
mod setting;
mod table;
pub mod training;
pub mod words;

use mos_spaces::method::baselines;

use super::blocks::{plot_or, table_or};
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};

/// Puts the section together.
///
/// # Errors
/// This fails when the plot fails.
pub fn section(report: &Report) -> Result<Section> {
    if report.run.study_profile.number("retraining", "points") == Some(0.0) {
        let none = "Not part of this run: its profile trains no subnet on.".to_owned();
        return Ok(Section { id: "retraining", title: "Retraining savings", blocks: vec![Block::Prose(none)] });
    }
    let mut blocks = vec![Block::Prose(setting::sentence(&report.run.study_profile))];
    if report.retraining.trainings.is_empty() {
        blocks.push(Block::Prose("Not available: no continued training has ended.".to_owned()));
        return Ok(Section { id: "retraining", title: "Retraining savings", blocks });
    }
    let names: Vec<&str> = baselines().iter().map(|baseline| baseline.name.as_str()).collect();
    let absent = format!(
        "Paired differences: not available, no method was trained on from the same subnets as {}.",
        names.join(" or ")
    );
    blocks.extend([
        table_or(report, table::methods(report), &absent),
        table_or(report, table::paired(report), &absent),
        Block::Prose(words::remarks(report)),
        plot_or(report, plot::plot(report)?, "Courses of continued training: not available."),
        table_or(report, table::trainings(report), &absent),
        table_or(report, table::costs(report), &absent),
    ]);
    Ok(Section { id: "retraining", title: "Retraining savings", blocks })
}
