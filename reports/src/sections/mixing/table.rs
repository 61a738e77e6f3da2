//! This table shows experts and routers at the start and at the end of training.

use mos_plan::Metric;

use crate::page::format::count;
use crate::page::table::{Cell, Column, Table};
use crate::run::mean;
use crate::sections::report::Report;

/// The columns' metrics.
const SHOWN: [Metric; 4] =
    [Metric::ExpertDistanceStart, Metric::ExpertDistance, Metric::MixingSpreadStart, Metric::MixingSpread];

/// Makes the table; `None` when no supernet has experts.
pub fn mixing(report: &Report) -> Option<Table> {
    let run = &report.run;
    let headings = ["Distance, start", "Distance, end", "Spread, start", "Spread, end"];
    let columns = std::iter::once(Column::text("Method")).chain(headings.map(|name| Column::number(name, "")));
    let mut table = Table::new("mixing", "Experts and their mixing", columns.collect());
    table.note = format!(
        "Distance: the other experts from the first, as a share of its norm. Spread: standard deviation of a mixing \
         coefficient over 20 architectures, averaged over coefficients. Mean over {}.",
        count(run.seeds.len(), "seed")
    );
    for method in &run.methods {
        let values = SHOWN.map(|metric| mean(run.facts.jobs_of(metric, method).map(|m| m.value)));
        if values.iter().any(Option::is_some) {
            table.push_method(method, values.map(|value| Cell::number(value, 4)).to_vec());
        }
    }
    table.unless_empty()
}
