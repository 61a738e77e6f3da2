//! This section shows the scored subnets, and every score of each.

mod table;

use mos_base::Split;
use mos_plan::Metric;

use super::blocks::{table, table_or};
use super::report::Report;
use crate::page::block::{Block, Section};
use crate::page::table::Table;
use crate::run::Quality;

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let mut blocks = vec![table_or(report, table::subnets(report), "Scored subnets: not available.")];
    let primary = report.run.primary;
    let (first, rest): (Vec<Quality>, Vec<Quality>) = Quality::all().partition(|quality| *quality == primary);
    blocks.extend(first.into_iter().filter_map(|quality| table::scores(report, quality)).map(|t| table(report, t)));
    // The other metrics decide nothing, and few readers look for them.
    let minor = rest.into_iter().filter_map(|quality| table::scores(report, quality)).map(Table::folded);
    blocks.extend(minor.map(|t| table(report, t)));
    let decoded = [Metric::Bleu, Metric::Chrf].map(|metric| Quality { metric, split: Split::Test });
    let translates = report.run.manifest.corpus().target_language.is_some();
    if translates && !decoded.iter().any(|quality| report.run.facts.has(*quality)) {
        blocks.push(Block::Prose("BLEU and chrF: not available, nothing was decoded.".to_owned()));
    }
    Section { id: "subnets", title: "Subnets", blocks }
}
