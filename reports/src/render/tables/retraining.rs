//! The tables of continued training and of what each method cost in all.

use super::headline::{colour, estimate};
use super::{Cell, Column, Table};
use crate::render::format::{decimals_for, fixed, integer};
use crate::render::model::Report;
use crate::render::model::study::retraining::LEAST_PAIRS;
use crate::stats::Estimate;

/// A number, or a bound of it: `> 12.5`.
fn bounded(value: Option<f64>, exact: bool, decimals: usize) -> Cell {
    match value {
        Some(value) if !exact => Cell::Shown(value, format!("> {}", grouped(value, decimals))),
        Some(value) if decimals == 0 => Cell::whole(Some(value)),
        value => Cell::number(value, decimals),
    }
}

fn grouped(value: f64, decimals: usize) -> String {
    if decimals == 0 { integer(value.round() as i64) } else { fixed(value, decimals) }
}

/// A time with three significant digits, or a bound of it.
fn seconds(value: Option<f64>, exact: bool) -> Cell {
    bounded(value, exact, value.map_or(0, |v| decimals_for(v.abs(), 3)))
}

/// A share in percent.
fn percent(share: Option<f64>) -> Option<f64> {
    share.map(|share| 100.0 * share)
}

/// Each continued training; `None` when none has ended.
pub fn trainings(report: &Report) -> Option<Table> {
    let trainings = &report.study.retraining.trainings;
    let is_loss = trainings.iter().all(|r| r.is_loss);
    let (unit, decimals) = if is_loss { ("nats/token", 3) } else { ("BLEU", 2) };
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Seed", ""),
        Column::number("Goal: final value from scratch", unit),
        Column::number("At update 0", unit),
        Column::text("Reached"),
        Column::number("Updates", ""),
        Column::number("Share of updates from scratch", "%"),
        Column::number("Target tokens", ""),
        Column::number("Time", "s"),
        Column::number("Share of time from scratch", "%"),
        Column::text("Machine"),
    ];
    let mut table = Table::new("retraining", "Continued training of found subnets from inherited weights", columns);
    table.note = "Reached: the first of two evaluations in a row that are as good as the same subnet's final value from \
                  scratch on the validation split. \">\": not reached within the budget, so right-censored there. Times \
                  are of updates alone, without evaluations, here and from scratch. Loaded: other workers ran beside it, here \
                  or from scratch, so that shares of updates say more than shares of time."
        .to_owned();
    for r in trainings {
        let number = |value: Option<f64>| Cell::number(value, decimals);
        let cells = vec![
            Cell::text(&r.method),
            Cell::text(&r.subnet),
            Cell::Integer(r.seed),
            number(Some(r.goal)),
            number(r.curve.first().map(|point| point.1)),
            Cell::text(match (r.reached, r.diverged) {
                (true, _) => "yes",
                (false, true) => "no, diverged",
                (false, false) => "no",
            }),
            bounded(Some(r.updates), r.reached, 0),
            bounded(percent(r.share), r.reached, 1),
            bounded(r.tokens, r.reached, 0),
            seconds(r.seconds.as_ref().map(|m| m.value), r.reached),
            bounded(percent(r.seconds_share), r.reached, 1),
            Cell::text(if r.loaded { "loaded" } else { "alone" }),
        ];
        table.push(colour(report, &r.method), cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// Each method's trainings together.
pub fn methods(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Reached"),
        Column::number("Mean share of updates from scratch", "%"),
        Column::number("Kaplan-Meier median", "%"),
        Column::number("Mean restricted to the budget", "%"),
    ];
    let mut table = Table::new("retraining-methods", "Continued training, by method", columns);
    table.note =
        "The mean share counts a training that did not reach its goal at its budget: \">\" marks such a mean, a \
                  lower bound. A subnet that searches found under several limits counts once."
            .to_owned();
    for summary in &report.study.retraining.methods {
        let all_reached = summary.reached == summary.trainings;
        let cells = vec![
            Cell::text(&summary.method),
            Cell::Text(format!("{} of {}", summary.reached, summary.trainings)),
            bounded(percent(summary.mean_share), all_reached, 1),
            Cell::number(percent(summary.median), 1),
            Cell::number(percent(summary.restricted_mean), 1),
        ];
        table.push(colour(report, &summary.method), cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}

/// Methods against the baselines; `None` when no search of both has ended.
pub fn paired(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::number("Pairs", ""),
        Column::estimate("Difference of mean share of updates from scratch", "%"),
        Column::text("Continued training is"),
    ];
    let mut table = Table::new("retraining-paired", "Paired differences of the share of updates", columns);
    let censored = report.study.retraining.trainings.iter().any(|r| !r.reached);
    let censored = if censored {
        " Trainings that did not reach their goal count at their budget, which draws differences towards zero."
    } else {
        ""
    };
    table.note = format!(
        "A pair: what both methods' searches found under the same limit with the same seed; the same two trainings count \
         once. Below zero: fewer updates than the other method. In brackets: 95% bootstrap intervals over redrawn pairs, \
         from {LEAST_PAIRS} pairs on; pairs of one seed share their supernets, so such an interval is rather too \
         narrow.{censored}"
    );
    let shown = |e: &Estimate| Estimate { value: percent(e.value), lo: percent(e.lo), hi: percent(e.hi) };
    for c in &report.study.retraining.comparisons {
        let cells = vec![
            Cell::text(&c.method),
            Cell::text(&c.against),
            Cell::Integer(c.pairs as i64),
            estimate(&shown(&c.difference), 1),
            Cell::text(c.words()),
        ];
        table.push(colour(report, &c.method), cells);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What each method cost in all; `None` when none was searched.
pub fn total_cost(report: &Report) -> Option<Table> {
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
        Column::number("Target tokens, continued training", ""),
        Column::number("Target tokens, from scratch", ""),
        Column::text("Machine"),
    ];
    let mut table = Table::new("total-cost", "Total cost: supernet, search, and training of what was found", columns);
    table.note = "Sums over the searched seeds and each seed's distinct found subnets; a from-scratch training that several \
                  methods share counts for each. Tokens: each batch counted once, supernet and subnets together. Not \
                  counted: measuring latency and fitting its predictor, which all methods share, tuning of rates, and \
                  evaluations in training. \">\": some continued training did not reach its goal, so this is a lower \
                  bound. Loaded: other workers ran beside some of these jobs, so times are not times alone on the machine."
        .to_owned();
    for cost in &report.study.costs {
        let cells = vec![
            Cell::text(&cost.method),
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
            Cell::text(if cost.loaded { "loaded" } else { "alone" }),
        ];
        table.push(colour(report, &cost.method), cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}
