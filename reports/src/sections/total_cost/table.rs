//! This table shows what each method cost in all.

use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;
use crate::sections::retraining::bounds::{bounded, seconds};

/// Makes the table of what each method cost in all; `None` when none was searched.
pub fn table(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::number("Seeds", ""),
        Column::number("Found subnets", ""),
        Column::number("Supernet training", "s"),
        Column::number("Search", "s"),
        Column::number("Continued training", "s"),
        Column::number("Total, continued training", "s"),
        Column::number("From scratch instead", "s"),
        Column::number("Total, from scratch", "s"),
        Column::number("Predicted tokens, continued training", ""),
        Column::number("Predicted tokens, from scratch", ""),
        Column::text("Machine"),
    ];
    let mut table = Table::new("total-cost", "Total cost: supernet, search, and training of what was found", columns);
    table.note = "Sums over the searched seeds and each seed's distinct found subnets; a from-scratch training that \
                  several methods share counts for each. Tokens: each batch counted once, supernet and subnets \
                  together. Not counted: measuring latency and fitting its predictor, which all methods share, tuning \
                  of rates, and evaluations in training. \">\": some continued training did not reach its goal, so \
                  this is a lower bound. Loaded: other workers ran beside some of these jobs, so times are not times \
                  alone on the machine."
        .to_owned();
    for cost in &report.total_costs {
        let cells = vec![
            Cell::Integer(cost.seeds as i64),
            Cell::Integer(cost.subnets as i64),
            seconds(cost.supernet, true),
            seconds(cost.search, true),
            seconds(cost.continued, !cost.at_least),
            seconds(cost.with_continued(), !cost.at_least),
            seconds(cost.scratch, true),
            seconds(cost.with_scratch(), true),
            bounded(cost.tokens_continued, !cost.at_least, 0),
            Cell::whole(cost.tokens_scratch),
            Cell::text(if cost.loaded || cost.scratch_loaded { "loaded" } else { "alone" }),
        ];
        table.push_method(&cost.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}
