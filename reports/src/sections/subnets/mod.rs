//! This section shows the scored subnets, and every score of each.

mod table;

use mos_base::Split;
use mos_plan::Metric;

use super::blocks::{table, table_or};
use super::report::Report;
use crate::page::block::{Block, Section};
use crate::run::Quality;

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let mut blocks = vec![table_or(report, table::subnets(report), "Scored subnets: not available.")];
    let scores = Quality::all().filter_map(|quality| table::scores(report, quality));
    blocks.extend(scores.map(|shown| table(report, shown)));
    let decoded = [Metric::Bleu, Metric::Chrf].map(|metric| Quality { metric, split: Split::Test });
    if !decoded.iter().any(|quality| report.run.facts.has(*quality)) {
        blocks.push(Block::Prose("BLEU and chrF: not available, nothing was decoded.".to_owned()));
    }
    Section { id: "subnets", title: "Subnets", blocks }
}
