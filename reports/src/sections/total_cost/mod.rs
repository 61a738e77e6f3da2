//! This section shows what each method cost in all: supernet, searches, and then continued training or training from
//! scratch.

pub mod facts;
mod table;

use super::blocks::table_or;
use super::report::Report;
use crate::page::block::Section;

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let blocks = vec![table_or(report, table::table(report), "Not available: no search has ended.")];
    Section { id: "total-cost", title: "Total cost", blocks }
}
