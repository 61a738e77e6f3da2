//! The claims come first: what is said of the methods, and what this run says of it.

mod evidence;
pub mod facts;
mod guests;
pub mod table;
pub mod words;

use super::blocks::table;
use super::report::Report;
use crate::page::block::{Block, Section};
pub use evidence::Source;

/// Puts the section of the evidence together.
pub fn section(report: &Report) -> Section {
    let mut blocks = Vec::new();
    for (place, family) in report.claims.iter().enumerate() {
        blocks.extend(table::numbers(report, place, family).map(|shown| table(report, shown)));
        blocks.push(Block::List(words::paragraphs(family)));
    }
    Section { id: "claims", title: "Claims", blocks }
}
