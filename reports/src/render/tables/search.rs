//! The tables of the searches and of what they found.

use super::headline::colour;
use super::{Cell, Column, Table};
use crate::render::model::study::found::FoundGap;
use crate::render::model::{Report, mean};

/// The searches; `None` when none has ended.
pub fn searches(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Limit"),
        Column::number("Seed", ""),
        Column::text("Found subnet"),
        Column::number("Its cost", ""),
        Column::number("Most allowed", ""),
        Column::number("Measured", "ms"),
        Column::text("Reachable"),
        Column::number("Subnets scored", ""),
        Column::number("At random", ""),
        Column::number("Best fitness", "nats/token"),
        Column::number("Random search's best", "nats/token"),
        Column::number("Difference", "nats/token"),
    ];
    let mut table = Table::new("search", "Evolutionary search in each supernet", columns);
    table.note = "Fitness: label-smoothed validation loss with inherited weights, lower is better. Random search scored as \
                  many distinct subnets under the same limit, or fewer where a long draw found no more. A difference below zero is in evolution's favour; each is of \
                  one search, so it has no interval. Fitness of different methods is that of different weights. The cost \
                  that a latency limit binds is the predictor's; beside it stands what was measured afterwards."
        .to_owned();
    for search in &report.study.searches {
        let shown = |cost: Option<f64>| cost.map_or(Cell::Missing, |c| Cell::Shown(c, search.shown(c)));
        let (fitness, random) = (search.fitness(), search.random_fitness());
        let cells = vec![
            Cell::text(&search.method),
            Cell::text(&search.limit),
            if report.seeds.len() > 1 { Cell::Integer(search.seed) } else { Cell::Missing },
            search.found.as_ref().map_or(Cell::Missing, Cell::text),
            shown(search.cost),
            shown(search.bound),
            Cell::number(search.measured, 2),
            search
                .reach
                .map_or(Cell::Missing, |(a, b)| Cell::Text(format!("{} to {}", search.shown(a), search.shown(b)))),
            Cell::whole(Some(search.evaluations)),
            Cell::whole(search.random_evaluations.filter(|n| *n != search.evaluations)),
            Cell::number(fitness, 3),
            Cell::number(random, 3),
            Cell::number(fitness.zip(random).map(|(own, random)| own - random), 3),
        ];
        table.push(colour(report, &search.method), cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// Found subnets as gap subnets, a mean row a method; `None` when none has both scores.
pub fn found_gaps(report: &Report) -> Option<Table> {
    let (unit, decimals) = (report.primary.unit(), report.primary.decimals());
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::text("Found in its supernet"),
        Column::number("From the supernet", unit),
        Column::number("From scratch", unit),
        Column::number("Signed gap", unit),
    ];
    let title = format!("Searched subnets as gap subnets, {}", report.primary.words());
    let mut table = Table::new("found-gaps", title, columns);
    table.note = "Not part of the headline: a search chose each of them by its fitness in one of the supernets, which \
                  therefore looks better on it than on a fixed sample. From scratch, a found subnet was trained at the profile's shares \
                  of the nearest swept rate, and the training that was best on validation counts; subnets of the headline \
                  were trained at their own rate. Positive: the supernet is behind."
        .to_owned();
    let gaps = &report.study.found_gaps;
    for method in report.methods.iter().filter(|method| gaps.iter().any(|gap| gap.method == **method)) {
        let own: Vec<_> = gaps.iter().filter(|gap| gap.method == *method).collect();
        let number = |value: f64| Cell::number(Some(value), decimals);
        for gap in &own {
            let cells = vec![
                Cell::text(method),
                Cell::text(&gap.subnet),
                Cell::text(if gap.own { "yes" } else { "no" }),
                number(gap.supernet),
                number(gap.scratch),
                number(gap.gap),
            ];
            table.push(colour(report, method), cells);
        }
        let average = |pick: fn(&FoundGap) -> f64| Cell::number(mean(own.iter().map(|gap| pick(gap))), decimals);
        let cells = vec![
            Cell::text(method),
            Cell::text(format!("mean of {}", own.len())),
            Cell::Missing,
            average(|gap| gap.supernet),
            average(|gap| gap.scratch),
            average(|gap| gap.gap),
        ];
        table.push(colour(report, method), cells);
    }
    (!table.rows.is_empty()).then_some(table)
}
