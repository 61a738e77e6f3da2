//! This section shows the machine and the software, and the jobs behind the numbers.

mod table;

use super::blocks::table;
use super::jobs;
use super::report::Report;
use crate::page::block::Section;

/// Puts the section together.
pub fn section(report: &Report) -> Section {
    let blocks = vec![table(report, table::table(report)), table(report, jobs::table(report))];
    Section { id: "environment", title: "Environment", blocks }
}
