//! These tables show continued training.

use mos_plan::Metric;

use super::bounds::{bounded, seconds};
use super::paired::LEAST_PAIRS;
use super::training::Retrained;
use super::words::trainings_word;
use crate::page::table::{Cell, Column, Table};
use crate::sections::report::Report;
use crate::stats::Estimate;

/// Converts a share to percent.
fn percent(share: Option<f64>) -> Option<f64> {
    share.map(|share| 100.0 * share)
}

/// Converts a statistic of shares to percent.
fn in_percent(e: &Estimate) -> Estimate {
    Estimate { value: percent(e.value), lo: percent(e.lo), hi: percent(e.hi) }
}

/// Makes the table of each continued training; `None` when none has ended.
pub fn trainings(report: &Report) -> Option<Table> {
    let metric = report.retraining.metric();
    let unit = if metric == Metric::RetrainBleu { "BLEU" } else { metric.facts().unit };
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Seed", ""),
        Column::number("Goal: from scratch, validation", unit),
        Column::number("At update 0, validation", unit),
        Column::text("Reached"),
        Column::number("Updates", ""),
        Column::number("Share of updates from scratch", "%"),
        Column::number("Test there", unit),
        Column::number("Test, from scratch", unit),
    ];
    let mut table = Table::new("retraining", "Continued training from inherited weights", columns);
    table.note = "Reached: the first of two evaluations in a row that are as good as the same subnet's final value \
                  from scratch on validation, which alone is the goal; what both are on test stands beside. \">\": not \
                  reached within the budget, so right-censored there."
        .to_owned();
    for r in &report.retraining.trainings {
        let number = |value: Option<f64>| Cell::metric(metric, value);
        let cells = vec![
            Cell::text(&r.subnet.name),
            Cell::Integer(r.seed),
            number(Some(r.goal)),
            number(r.curve.first().map(|point| point.1)),
            Cell::text(reached(r)),
            bounded(Some(r.updates), r.reached, 0),
            bounded(percent(r.share), r.reached, 1),
            number(r.test),
            number(r.scratch_test),
        ];
        table.push_method(&r.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Says how a continued training came out.
fn reached(r: &Retrained) -> &'static str {
    match (r.void, r.reached, r.diverged) {
        (true, ..) => "goal void: from scratch failed",
        (_, true, _) => "yes",
        (_, false, true) => "no, diverged",
        (_, false, false) => "no",
    }
}

/// Makes the table of what each continued training cost; `None` when none has ended.
pub fn costs(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Seed", ""),
        Column::number("Predicted tokens", ""),
        Column::number("Time", "s"),
        Column::number("Share of time from scratch", "%"),
        Column::text("Machine"),
    ];
    let mut table = Table::new("retraining-cost", "Cost of each continued training", columns).folded();
    table.note = "Times are of updates alone, without evaluations, here and from scratch. Loaded: other workers ran \
                  beside it, here or from scratch, so that shares of updates say more than shares of time."
        .to_owned();
    for r in &report.retraining.trainings {
        let cells = vec![
            Cell::text(&r.subnet.name),
            Cell::Integer(r.seed),
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
        Column::text("Points are of"),
        Column::number("Mean share of updates from scratch", "%"),
        Column::number("Kaplan-Meier median", "%"),
        Column::number("Mean restricted to the budget", "%"),
    ];
    let mut table = Table::new("retraining-methods", "Continued training, by method", columns);
    table.note =
        "The mean share counts a training that did not reach its goal at its budget: \">\" marks such a mean, a \
                  lower bound. Subnets whose training from scratch failed are left out: their goal means nothing."
            .to_owned();
    for savings in &report.retraining.methods {
        let all_reached = savings.reached == savings.trainings;
        let cells = vec![
            Cell::Text(format!("{} of {}", savings.reached, savings.trainings)),
            Cell::Text(trainings_word(report)),
            bounded(percent(savings.mean_share), all_reached, 1),
            Cell::number(percent(savings.median), 1),
            Cell::number(percent(savings.restricted_mean), 1),
        ];
        table.push_method(&savings.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of methods against the baselines; `None` when no subnet was trained on from both.
pub fn paired(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::estimate("Saving: 1 − updates / the other's", "%"),
        Column::text("Censoring makes it"),
        Column::number("Pairs", ""),
        Column::text("Points are of"),
        Column::number("Both reached", "pairs"),
        Column::estimate("Saving where both reached", "%"),
        Column::estimate("Difference of mean share of updates from scratch", "%"),
    ];
    let mut table = Table::new("retraining-paired", "What continued training saves against the baselines", columns);
    table.note = format!(
        "A pair: one subnet, trained on from both methods' supernets of one seed to one goal. Saving, as the paper \
         states it: 1 minus the sum of the method's updates over the sum of the other's. A training that never reached \
         its goal counts at the updates that it ran for: at least, where only the other method has such trainings; at \
         most, where only the method has. In brackets: 95% bootstrap intervals over redrawn pairs, from {LEAST_PAIRS} \
         pairs on. The points are subnets of {}, so these intervals say nothing of another training, and no word is \
         given.",
        trainings_word(report)
    );
    for pair in &report.retraining.differences {
        let shown = |e: &Estimate| Cell::estimate(&in_percent(e), 1);
        let words = pair.censoring.words();
        let cells = vec![
            Cell::text(&pair.against),
            shown(&pair.saving),
            Cell::text(if words.is_empty() { "exact" } else { words }),
            Cell::Integer(pair.pairs as i64),
            Cell::Text(trainings_word(report)),
            Cell::Integer(pair.both_reached as i64),
            shown(&pair.saving_reached),
            shown(&pair.difference),
        ];
        table.push_method(&pair.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}
