//! The tables of latency against quality.

use super::headline::colour;
use super::{Cell, Column, Table};
use crate::render::model::Report;

/// What each method's front covers; `None` when no found subnet has a latency and a score.
pub fn fronts(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::number("Seeds", ""),
        Column::number("Subnets found", ""),
        Column::number("On the front, inherited weights", ""),
        Column::number("Hypervolume, inherited weights", ""),
        Column::number("On the front, from scratch", ""),
        Column::number("Hypervolume, from scratch", ""),
    ];
    let title = format!("Pareto fronts of latency and {}", report.primary.words());
    let mut table = Table::new("pareto", title, columns);
    let tradeoff = &report.study.tradeoff;
    let (latency, quality) = tradeoff.reference?;
    table.note = format!(
        "Hypervolume: share of the box between the best and the worst values of all points that a method's front covers, \
         from 0 to 1, more is better; mean over seeds, no interval. The reference point, common to all methods and both \
         kinds of weights, is the worst latency ({latency:.2} ms) and the worst quality ({quality:.decimals$}) of all \
         points, so the points that hold these add nothing. From scratch, the front says what subnets a search chose; with \
         inherited weights it also says how good the supernet's weights are.",
        decimals = report.primary.decimals()
    );
    for covered in &tradeoff.covered {
        let cells = vec![
            Cell::text(&covered.method),
            Cell::Integer(covered.seeds as i64),
            Cell::Integer(covered.points as i64),
            Cell::Integer(covered.inherited.0 as i64),
            Cell::number(covered.inherited.1, 3),
            Cell::Integer(covered.scratch.0 as i64),
            Cell::number(covered.scratch.1, 3),
        ];
        table.push(colour(report, &covered.method), cells);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// Every point; `None` when there is none.
pub fn points(report: &Report) -> Option<Table> {
    let unit = report.primary.unit();
    let columns = vec![
        Column::text("Method"),
        Column::number("Seed", ""),
        Column::text("Subnet"),
        Column::text("Found under"),
        Column::number("Latency", "ms"),
        Column::text("Latency is"),
        Column::number("Inherited weights", unit),
        Column::text("On its front"),
        Column::number("From scratch", unit),
        Column::text("On its front, from scratch"),
    ];
    let title = format!("Latency and {} of what each method's searches found", report.primary.words());
    let mut table = Table::new("pareto-points", title, columns);
    table.note = "A front is that of one method, seed and kind of weights.".to_owned();
    for point in &report.study.tradeoff.points {
        let on_front = |quality: Option<(f64, bool)>| match quality {
            Some((_, true)) => Cell::text("yes"),
            Some((_, false)) => Cell::text("no"),
            None => Cell::Missing,
        };
        let number = |quality: Option<(f64, bool)>| Cell::number(quality.map(|q| q.0), report.primary.decimals());
        let cells = vec![
            Cell::text(&point.method),
            Cell::Integer(point.seed),
            Cell::text(&point.subnet),
            Cell::text(point.limits.join("; ")),
            Cell::number(Some(point.latency), 2),
            Cell::text(if point.measured { "measured" } else { "predicted" }),
            number(point.inherited),
            on_front(point.inherited),
            number(point.scratch),
            on_front(point.scratch),
        ];
        table.push(colour(report, &point.method), cells);
    }
    (!table.rows.is_empty()).then_some(table)
}
