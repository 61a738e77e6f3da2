//! This table shows found subnets as gap subnets.

use super::finds::FindGap;
use crate::page::table::{Cell, Column, Table};
use crate::run::mean;
use crate::sections::report::Report;

/// Makes the table of found subnets as gap subnets, with a row of means for each method; `None` when none has both
/// scores.
pub fn table(report: &Report) -> Option<Table> {
    let run = &report.run;
    let (unit, decimals) = (run.primary.unit(), run.primary.decimals());
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::text("Found in its supernet"),
        Column::number("From the supernet", unit),
        Column::number("From scratch", unit),
        Column::number("Signed gap", unit),
        Column::text("From scratch it"),
    ];
    let title = format!("Searched subnets as gap subnets, {}", run.primary.words());
    let mut table = Table::new("found-gaps", title, columns);
    table.note = "Not part of the headline: a search chose each of them by its fitness in one of the supernets, which \
                  therefore looks better on it than on a fixed sample. From scratch, a found subnet was trained at a \
                  rate taken from the nearest swept subnet. Positive: the supernet is behind. Means leave out subnets \
                  whose training from scratch failed."
        .to_owned();
    let gaps = &report.find_gaps;
    for method in run.methods.iter().filter(|method| gaps.iter().any(|gap| gap.method == **method)) {
        let own: Vec<_> = gaps.iter().filter(|gap| gap.method == *method).collect();
        let number = |value: f64| Cell::number(Some(value), decimals);
        for gap in &own {
            let cells = vec![
                Cell::text(&gap.subnet.name),
                Cell::text(if gap.own { "yes" } else { "no" }),
                number(gap.supernet),
                number(gap.scratch),
                number(gap.gap),
                if gap.failed { Cell::text("failed") } else { Cell::Missing },
            ];
            table.push_method(method, cells);
        }
        let sound: Vec<_> = own.iter().filter(|gap| !gap.failed).collect();
        let average = |pick: fn(&FindGap) -> f64| Cell::number(mean(sound.iter().map(|gap| pick(gap))), decimals);
        let cells = vec![
            Cell::text(format!("mean of {}", sound.len())),
            Cell::Missing,
            average(|gap| gap.supernet),
            average(|gap| gap.scratch),
            average(|gap| gap.gap),
            Cell::Missing,
        ];
        table.push_method(method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}
