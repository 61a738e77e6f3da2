//! This table shows found nets by size.

use mos_plan::Metric;

use super::facts::{SizedNet, sized_nets};
use crate::page::format::si_prefix;
use crate::page::table::{Cell, Column, Table};
use crate::sections::cells::scaled;
use crate::sections::report::Report;

/// Makes the table; `None` where no method of another paper took part.
pub fn sizes(report: &Report) -> Option<Table> {
    let run = &report.run;
    if run.manifest.guests.is_empty() {
        return None;
    }
    let nets = sized_nets(run);
    let (params, params_prefix) = si_prefix(nets.iter().map(|net| net.params as f64));
    let (flops, flops_prefix) = si_prefix(nets.iter().filter_map(|net| net.flops));
    let mut columns = vec![
        Column::text("Method"),
        Column::text("Weights"),
        Column::text("Teacher"),
        Column::text("Net"),
        Column::number("Parameters", params_prefix),
        Column::number("Updates", ""),
        Column::number("Training FLOPs", &format!("{flops_prefix}FLOP")),
        Column::number("Masked-LM loss", Metric::Loss.facts().unit),
    ];
    columns.extend(run.tasks.names().iter().map(|task| Column::number(task, "")));
    columns.extend(["Average", "Place in its group"].map(|name| Column::number(name, "")));
    let mut table = Table::new("sizes", "Found nets by group and size", columns);
    table.note =
        "Of one training each. Places are by the average over the tasks on which pre-training shows, by masked-LM \
                  loss where none does."
            .to_owned();
    for net in nets {
        let SizedNet { group, has_teacher, ref method, ref scores, average, rank, .. } = net;
        let mut cells = vec![
            Cell::text(group.name()),
            Cell::text(if has_teacher { "yes" } else { "no" }),
            Cell::text(&net.net),
            scaled(Some(net.params as f64), params),
            Cell::whole(net.updates),
            scaled(net.flops, flops),
            Cell::metric(Metric::Loss, net.loss),
        ];
        cells.extend(scores.iter().chain([&average]).map(|score| Cell::number(*score, 1)));
        cells.push(rank.map_or(Cell::Missing, |rank| Cell::Integer(rank as i64)));
        table.push_method(method, cells);
    }
    table.unless_empty()
}
