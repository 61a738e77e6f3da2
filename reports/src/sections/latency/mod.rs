//! This section shows measured latency, how steady it was, and how well it is predicted.

pub mod facts;
mod plot;
mod table;
pub mod words;

use self::facts::{LatencyJob, Measures};
use super::blocks::{plot_or, table_or};
use super::report::Report;
use crate::error::Result;
use crate::page::block::{Block, Section};

/// Puts the section together.
///
/// # Errors
/// This fails when the plot fails.
pub fn section(report: &Report) -> Result<Section> {
    let jobs = table_or(report, table::jobs(report), "Measurements: not available, no latency job has ended.");
    let operations = |job: &LatencyJob| job.measures == Measures::Operations;
    if !report.latencies.jobs.is_empty() && report.latencies.jobs.iter().all(operations) {
        let alone = "No limit of this run is one of latency, so no subnet was measured.".to_owned();
        let blocks = vec![Block::Prose(words::steadiness(report)), jobs, Block::Prose(alone)];
        return Ok(Section { id: "latency", title: "Latency", blocks });
    }
    let unmeasured = "Latency of scored and found subnets: not available; it is measured when all searches have ended, \
                      and not at all where a table of latencies was given.";
    let blocks = vec![
        Block::Prose(words::steadiness(report)),
        jobs,
        table_or(report, table::predictors(report), "Predictors: not available, none was fitted."),
        plot_or(report, plot::plot(report)?, "Latency against FLOPs: not available, no sample was measured."),
        table_or(report, table::subnets(report), unmeasured),
    ];
    Ok(Section { id: "latency", title: "Latency", blocks })
}
