//! This section is that of imported tables: what to know before their numbers, and what their groups of subnets say.

pub mod facts;
mod flags;
mod table;

use super::blocks::table;
use super::report::Report;
use crate::page::block::{Block, Section};

/// Puts the section together; `None` for a run that this program made.
pub fn section(report: &Report) -> Option<Section> {
    let card = report.run.manifest.imported.as_ref()?;
    let from = format!(
        "Imported from {} (SHA-256 {}), as the map {} reads it. {}.",
        card.file, card.sha256, card.map, card.source
    );
    let mut blocks = vec![Block::Prose(from), Block::List(flags::flags(&report.run, &report.groups))];
    blocks.extend(table::table(report).map(|shown| table(report, shown)));
    Some(Section { id: "imported", title: "Imported table", blocks })
}
