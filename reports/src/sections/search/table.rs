//! This table shows the searches.

use mos_plan::Metric;
use mos_spaces::search::limit::{Limit, LimitKind};

use super::facts::Search;
use crate::page::format::{fixed, si_prefix, significant};
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;

/// Makes the table of the searches; `None` when none has ended.
pub fn table(report: &Report) -> Option<Table> {
    let fitness_unit = Metric::SearchFitness.facts().unit;
    let columns = vec![
        Column::text("Method"),
        Column::text("Limit"),
        Column::number("Seed", ""),
        Column::text("Found subnet"),
        Column::number("Its cost", ""),
        Column::number("Most allowed", ""),
        Column::number("Measured", "ms"),
        Column::number("Best fitness", fitness_unit),
        Column::number("Random search's best", fitness_unit),
        Column::number("Difference", fitness_unit),
    ];
    let mut table = Table::new("search", "Evolutionary search in each supernet", columns);
    table.note =
        "Fitness: validation loss with inherited weights, as training minimises it; lower is better. A difference below zero \
                  is in evolution's favour; each is of one search, so it has no interval. \
                  Fitness of different methods is that of different weights. The cost that a latency limit binds is \
                  the predictor's; beside it stands what was measured afterwards."
            .to_owned();
    for search in &report.searches {
        let limit = &search.limit;
        let cost_cell = |cost: Option<f64>| cost.map_or(Cell::Missing, |c| Cell::Shown(c, cost_words(limit, c)));
        let (fitness, random) = (search.fitness(), search.random_fitness());
        let cells = vec![
            Cell::text(limit.label()),
            seed_cell(report, search),
            search.subnet.as_ref().map_or(Cell::Missing, |subnet| Cell::text(&subnet.name)),
            cost_cell(search.cost),
            cost_cell(search.bound),
            Cell::metric(Metric::Latency, search.measured),
            Cell::metric(Metric::SearchFitness, fitness),
            Cell::metric(Metric::RandomFitness, random),
            Cell::metric(Metric::SearchFitness, fitness.zip(random).map(|(own, random)| own - random)),
        ];
        table.push_method(&search.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of how much each search could choose among; `None` when none has ended.
pub fn effort(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Limit"),
        Column::number("Seed", ""),
        Column::text("Reachable"),
        Column::number("Subnets scored", ""),
        Column::number("At random", ""),
    ];
    let mut table = Table::new("search-effort", "What each search could choose among", columns).folded();
    table.note =
        "Random search scored as many distinct subnets under the same limit, or fewer where a long draw found \
                  no more."
            .to_owned();
    for search in &report.searches {
        let limit = &search.limit;
        let reach = |(least, most): (f64, f64)| format!("{} to {}", cost_words(limit, least), cost_words(limit, most));
        let cells = vec![
            Cell::text(limit.label()),
            seed_cell(report, search),
            search.reach.map_or(Cell::Missing, |ends| Cell::Text(reach(ends))),
            Cell::metric(Metric::SearchEvaluations, Some(search.evaluations)),
            Cell::metric(Metric::RandomEvaluations, search.random_evaluations.filter(|n| *n != search.evaluations)),
        ];
        table.push_method(&search.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Shows the seed of a search, where a run has several.
fn seed_cell(report: &Report, search: &Search) -> Cell {
    if report.run.seeds.len() > 1 { Cell::Integer(search.seed) } else { Cell::Missing }
}

/// Writes a cost with the limit's unit.
fn cost_words(limit: &Limit, cost: f64) -> String {
    let (scale, prefix) = si_prefix([cost]);
    let counted = fixed(cost / scale, 2);
    match limit.kind() {
        LimitKind::LatencyMs | LimitKind::LatencyShare => format!("{} ms", significant(cost, 3)),
        LimitKind::Flops => format!("{counted} {prefix}FLOP"),
        LimitKind::Params | LimitKind::ParamsIn if prefix.is_empty() => format!("{counted} parameters"),
        LimitKind::Params | LimitKind::ParamsIn => format!("{counted} {prefix} parameters"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_carry_the_unit_of_their_limit() {
        assert_eq!(cost_words(&Limit::LatencyShare(0.5), 12.345), "12.3 ms");
        assert_eq!(cost_words(&Limit::Flops(1), 2.5e9), "2.50 GFLOP");
        assert_eq!(cost_words(&Limit::Params(1), 25_500.0), "25.50 k parameters");
        assert_eq!(cost_words(&Limit::Params(1), 12.0), "12.00 parameters");
    }
}
