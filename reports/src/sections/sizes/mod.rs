//! This section puts found nets of all methods side by side, by what they cost: size, updates and FLOPs.

pub mod facts;
mod published;
mod table;

use super::blocks::table;
use super::report::Report;
use crate::page::block::{Block, Section};
use crate::page::table::Table;

/// What a reader must know before a number is compared.
const RULES: &str = "Groups are never ranked against each other: inherited weights, weights that were trained on, and nets trained \
    from scratch cost different things, with or without a teacher. FLOPs are of all training behind a net: teacher, supernet, \
    search and retraining, fine-tuning apart; those of a supernet count in full for each of its nets. The masked-LM loss stands \
    only where the head was trained.";

/// Puts the section together; `None` where no method of another paper took part.
pub fn section(report: &Report) -> Option<Section> {
    let shown = table::sizes(report)?;
    let mut blocks = vec![Block::Prose(RULES.to_owned()), table(report, shown)];
    blocks.extend(published::tables().into_iter().map(|published| table(report, Table::folded(published))));
    Some(Section { id: "sizes", title: "Nets by size", blocks })
}
