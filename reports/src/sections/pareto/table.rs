//! These tables set latency against quality.

use mos_plan::Metric;
use mos_spaces::search::limit::Limit;

use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Makes the table of what each method's front covers; `None` when no found subnet has a latency and a score.
pub fn fronts(report: &Report) -> Option<Table> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::number("Seeds", ""),
        Column::number("Subnets found", ""),
        Column::number("On the front, inherited weights", ""),
        Column::number("Hypervolume, inherited weights", ""),
        Column::number("On the front, from scratch", ""),
        Column::number("Hypervolume, from scratch", ""),
    ];
    let title = format!("Pareto fronts of latency and {}", primary.words());
    let mut table = Table::new("pareto", title, columns);
    let tradeoff = &report.tradeoff;
    let (latency, quality) = tradeoff.reference?;
    table.note = format!(
        "Hypervolume: share of the box between the best and the worst values of all points that a method's front \
         covers, from 0 to 1, more is better; mean over seeds, no interval. The reference point, common to all methods \
         and both kinds of weights, is the worst latency ({latency:.2} ms) and the worst quality \
         ({quality:.decimals$}) of all points, so the points that hold these add nothing. From scratch, the front says \
         what subnets a search chose; with inherited weights it also says how good the supernet's weights are.",
        decimals = primary.decimals()
    );
    for front in &tradeoff.fronts {
        let cells = vec![
            Cell::Integer(front.seeds as i64),
            Cell::Integer(front.points as i64),
            Cell::Integer(front.inherited.0 as i64),
            Cell::number(front.inherited.1, 3),
            Cell::Integer(front.scratch.0 as i64),
            Cell::number(front.scratch.1, 3),
        ];
        table.push_method(&front.method, cells);
    }
    table.unless_empty()
}

/// Makes the table of every point; `None` when there is none.
pub fn points(report: &Report) -> Option<Table> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::number("Seed", ""),
        Column::text("Subnet"),
        Column::text("Found under"),
        Column::metric(Metric::Latency),
        Column::text("Latency is"),
        Column::number("Inherited weights", primary.unit()),
        Column::text("On its front"),
        Column::number("From scratch", primary.unit()),
        Column::text("On its front, from scratch"),
    ];
    let title = format!("Latency and {} of what each method's searches found", primary.words());
    let mut table = Table::new("pareto-points", title, columns);
    table.note = "A front is that of one method, seed and kind of weights.".to_owned();
    for point in &report.tradeoff.points {
        let on_front = |quality: Option<(f64, bool)>| match quality {
            Some((_, true)) => Cell::text("yes"),
            Some((_, false)) => Cell::text("no"),
            None => Cell::Missing,
        };
        let number = |quality: Option<(f64, bool)>| Cell::metric(primary.metric, quality.map(|q| q.0));
        let cells = vec![
            Cell::Integer(point.seed),
            Cell::text(&point.subnet),
            Cell::text(point.limits.iter().map(Limit::label).collect::<Vec<_>>().join("; ")),
            Cell::metric(Metric::Latency, Some(point.latency)),
            Cell::text(if point.measured { "measured" } else { "predicted" }),
            number(point.inherited),
            on_front(point.inherited),
            number(point.scratch),
            on_front(point.scratch),
        ];
        table.push_method(&point.method, cells);
    }
    table.unless_empty()
}
