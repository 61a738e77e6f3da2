//! This table says what each method is.

use mos_spaces::Method;

use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Says what each method of the run is, as the table of methods has it. A run of another version may hold a method that
/// this version does not know.
pub fn table(report: &Report) -> Table {
    let mut table = Table::new("methods", "Methods", vec![Column::text("Method"), Column::text("What it is")]);
    for name in report.run.all_methods() {
        let known = Method::find(&name).ok().filter(|method| method.name == name);
        let description = known.map_or("not described in this version", |method| &method.description);
        table.push_method(&name, vec![Cell::text(description)]);
    }
    table
}
