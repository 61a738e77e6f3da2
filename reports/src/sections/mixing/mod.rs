//! This section tells whether the experts of a mixture differ, and whether their mixing depends on the architecture.

mod table;
mod words;

use super::blocks::table;
use super::report::Report;
use crate::page::block::{Block, Section};

/// Puts the section together; `None` for a run without a mixture.
pub fn section(report: &Report) -> Option<Section> {
    let shown = table::mixing(report)?;
    let blocks = vec![Block::Prose(words::verdict(report)), table(report, shown)];
    Some(Section { id: "mixing", title: "Experts and routers", blocks })
}
