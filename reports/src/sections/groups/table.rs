//! This table sets the groups side by side.

use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Makes the table; `None` where there are no groups.
pub fn table(report: &Report) -> Option<Table> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::text("Group"),
        Column::number("Subnets", ""),
        Column::estimate("Mean absolute gap", primary.unit()),
        Column::estimate("Mean signed gap", primary.unit()),
        Column::estimate("Kendall τ-b", ""),
        Column::estimate("τ-b minus that of plain sharing", ""),
    ];
    let mut table = Table::new("groups", format!("What each group of subnets says, {}", primary.words()), columns);
    table.note = "Subnets of a group were scored together. In brackets: 95% bootstrap intervals over redrawn subnets."
        .to_owned();
    for facts in &report.groups {
        let gap = &facts.gap.gap;
        let cells = vec![
            Cell::text(facts.group.as_deref().unwrap_or("all")),
            Cell::Integer(facts.gap.subnets as i64),
            Cell::estimate(&gap.mae, primary.decimals()),
            Cell::estimate(&gap.mean_gap, primary.decimals()),
            Cell::estimate(&gap.kendall_tau_b, 2),
            facts.rank_difference.as_ref().map_or(Cell::Missing, |difference| Cell::estimate(difference, 2)),
        ];
        table.push_method(&facts.gap.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}
