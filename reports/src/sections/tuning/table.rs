//! This table shows the sweep.

use mos_plan::{Metric, Subject};

use crate::page::table::{Cell, Column, Table};
use crate::sections::cells::rate_cell;
use crate::sections::report::Report;

/// Makes the table of the sweep of peak rates; `None` when there is none.
pub fn table(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Rates tried", ""),
        Column::number("Lowest rate", ""),
        Column::number("Highest rate", ""),
        Column::number("Diverged", "rates"),
        Column::number("Best rate", ""),
        Column::number("Validation loss at the best", Metric::Loss.facts().unit),
        Column::number("Rate of this run", ""),
        Column::text("Best at an end"),
    ];
    let mut table = Table::new("tuning", "Sweep of the peak learning rate", columns);
    table.note =
        "A supernet's loss is the mean over the subnets that its sweep jobs were validated on. A best rate at \
                  an end of the sweep means that the true best may lie beyond it."
            .to_owned();
    for curve in &report.sweep.as_ref()?.curves {
        let ((best, loss), tried) = (curve.best(), curve.tried());
        let end = match (tried.len(), curve.best_at_end()) {
            (1, _) => "one rate only",
            (_, true) => "yes",
            (_, false) => "no",
        };
        let cells = vec![
            Cell::text(if curve.subject == Subject::Whole { "all scored".to_owned() } else { curve.subject.text() }),
            Cell::Integer(tried.len() as i64),
            rate_cell(tried.first().copied()),
            rate_cell(tried.last().copied()),
            Cell::Integer(curve.diverged.len() as i64),
            rate_cell(Some(best)),
            Cell::metric(Metric::Loss, Some(loss)),
            rate_cell(curve.chosen),
            Cell::text(end),
        ];
        table.push_method(&curve.method, cells);
    }
    Some(table)
}
