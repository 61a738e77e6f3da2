//! These tables show continued training.

use mos_plan::Metric;

use super::bounds::{bounded, seconds};
use super::facts::LEAST_PAIRS;
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;
use crate::stats::Estimate;

/// Converts a share to percent.
fn percent(share: Option<f64>) -> Option<f64> {
    share.map(|share| 100.0 * share)
}

/// Makes the table of each continued training; `None` when none has ended.
pub fn trainings(report: &Report) -> Option<Table> {
    let metric = report.retraining.metric();
    let unit = if metric == Metric::RetrainBleu { "BLEU" } else { metric.facts().unit };
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
    table.note = "Reached: the first of two evaluations in a row that are as good as the same subnet's final value \
                  from scratch on the validation split. \">\": not reached within the budget, so right-censored there. \
                  Times are of updates alone, without evaluations, here and from scratch. Loaded: other workers ran \
                  beside it, here or from scratch, so that shares of updates say more than shares of time."
        .to_owned();
    for r in &report.retraining.trainings {
        let number = |value: Option<f64>| Cell::metric(metric, value);
        let cells = vec![
            Cell::text(&r.subnet.name),
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
        table.push_method(&r.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of each method's trainings together; `None` when none has ended.
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
    for savings in &report.retraining.methods {
        let all_reached = savings.reached == savings.trainings;
        let cells = vec![
            Cell::Text(format!("{} of {}", savings.reached, savings.trainings)),
            bounded(percent(savings.mean_share), all_reached, 1),
            Cell::number(percent(savings.median), 1),
            Cell::number(percent(savings.restricted_mean), 1),
        ];
        table.push_method(&savings.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of methods against the baselines; `None` when no search of both has ended.
pub fn paired(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::number("Pairs", ""),
        Column::estimate("Difference of mean share of updates from scratch", "%"),
        Column::text("Continued training is"),
    ];
    let mut table = Table::new("retraining-paired", "Paired differences of the share of updates", columns);
    let censored = if report.retraining.trainings.iter().any(|r| !r.reached) {
        " Trainings that did not reach their goal count at their budget, which draws differences towards zero."
    } else {
        ""
    };
    table.note = format!(
        "A pair: what both methods' searches found under the same limit with the same seed; the same two trainings \
         count once. Below zero: fewer updates than the other method. In brackets: 95% bootstrap intervals over \
         redrawn pairs, from {LEAST_PAIRS} pairs on; pairs of one seed share their supernets, so such an interval is \
         rather too narrow.{censored}"
    );
    let shown = |e: &Estimate| Estimate { value: percent(e.value), lo: percent(e.lo), hi: percent(e.hi) };
    for pair in &report.retraining.differences {
        let cells = vec![
            Cell::text(&pair.against),
            Cell::Integer(pair.pairs as i64),
            Cell::estimate(&shown(&pair.difference), 1),
            Cell::text(pair.words()),
        ];
        table.push_method(&pair.method, cells);
    }
    table.unless_empty()
}
