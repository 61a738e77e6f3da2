//! This section shows how fine-tuned networks do on labelled tasks.

pub mod facts;
pub mod gaps;
mod table;
mod words;

use super::blocks::table_or;
use super::report::Report;
use crate::page::block::{Block, Section};
use crate::page::table::Table;

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let mut blocks = vec![
        Block::Prose(words::protocol(report)),
        table_or(report, table::means(report), "Task scores: not available, no fine-tuning has ended."),
        Block::List(words::worth(report)),
    ];
    blocks.extend(table::gaps(report).map(|t| super::blocks::table(report, t)));
    blocks.extend(table::subnets(report).map(Table::folded).map(|t| super::blocks::table(report, t)));
    Section { id: "tasks", title: "Fine-tuning", blocks }
}
