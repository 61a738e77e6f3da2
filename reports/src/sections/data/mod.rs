//! This section describes the corpus.

mod table;

use super::blocks::table_or;
use super::report::Report;
use crate::page::block::{Block, Section};

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let card = report.run.manifest.corpus();
    let about = format!("{}. Licence of the text: {}.", card.title.trim_end_matches('.'), card.text_licence);
    let absent = "Sizes, unigram entropy and copy-the-source scores: not available.";
    let mut blocks = vec![Block::Prose(about), table_or(report, table::table(report), absent)];
    if !card.notes.is_empty() {
        blocks.push(Block::List(card.notes.clone()));
    }
    Section { id: "data", title: "Data", blocks }
}
