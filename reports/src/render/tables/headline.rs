//! The tables that answer the question: gaps, paired differences, controls.

use super::{Cell, Column, Table};
use crate::Result;
use crate::render::format::{decimals_for, rate, si_prefix};
use crate::render::model::comparisons::{Comparison, credits, own_gains};
use crate::render::model::{Quality, Report, gaps, mean};
use crate::stats::{Estimate, Verdict};

/// A cell from a statistic.
pub fn estimate(estimate: &Estimate, decimals: usize) -> Cell {
    Cell::estimate(estimate.value, estimate.lo.zip(estimate.hi), decimals)
}

/// Colour of a method's swatch.
pub fn colour(report: &Report, method: &str) -> Option<&'static str> {
    Some(report.look(method).hex)
}

/// Every distinct peak rate of a method's training jobs, as a cell.
pub fn peak_rates(report: &Report, method: &str) -> Cell {
    let mut rates: Vec<f64> = report.facts.jobs_of("peak_lr", method).map(|m| m.value).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    match rates.as_slice() {
        [] => Cell::Missing,
        [one] => Cell::Shown(*one, rate(*one)),
        several => Cell::text(several.iter().map(|r| rate(*r)).collect::<Vec<_>>().join(", ")),
    }
}

/// The headline table: one row a method.
///
/// # Errors
/// When the statistics of a secondary quality fail.
pub fn headline(report: &Report) -> Result<Table> {
    let unit = report.primary.unit();
    let flops = |method: &str| mean(report.facts.jobs_of("train_flops", method).map(|m| m.value));
    let (scale, prefix) = si_prefix(report.methods.iter().filter_map(|m| flops(m)));
    let secondary: Vec<Quality> = [("loss", "valid"), ("bleu", "test"), ("tokenised_bleu", "test"), ("chrf", "test")]
        .into_iter()
        .filter_map(|(metric, split)| Quality::find(metric, split))
        .filter(|q| q.metric.name != report.primary.metric.name && report.facts.has(*q))
        .collect();
    let mut columns = vec![
        Column::text("Method"),
        Column::number("Subnet passes", "per update"),
        Column::number("Training FLOPs", &format!("{prefix}FLOP")),
        Column::estimate("Mean absolute gap", unit),
        Column::estimate("Mean signed gap", unit),
        Column::estimate("Kendall τ-b", ""),
        Column::estimate("Spearman ρ", ""),
    ];
    for quality in &secondary {
        let unit = if quality.metric.name == "loss" { quality.metric.unit } else { "points" };
        let words = quality.words();
        columns.push(Column::estimate(&format!("Mean signed gap in {words}"), unit));
    }
    columns.push(Column::text("Peak learning rate"));
    let mut table =
        Table::new("headline", format!("Gap to training from scratch, {}", report.primary.words()), columns);
    table.note = headline_note(report);
    let decimals = report.primary.decimals();
    for method in &report.methods {
        let gap = report.gap(method);
        let of = |pick: fn(&crate::stats::Gap) -> &Estimate, decimals| {
            gap.map_or(Cell::Missing, |g| estimate(pick(&g.gap), decimals))
        };
        let mut cells = vec![
            Cell::text(method),
            Cell::whole(mean(report.facts.jobs_of("subnet_passes", method).map(|m| m.value))),
            scaled(flops(method), scale),
            of(|g| &g.mae, decimals),
            of(|g| &g.mean_gap, decimals),
            of(|g| &g.kendall_tau_b, 2),
            of(|g| &g.spearman, 2),
        ];
        for quality in &secondary {
            let gap = gaps::of_method(report, *quality, method)?;
            cells.push(gap.map_or(Cell::Missing, |g| estimate(&g.gap.mean_gap, quality.decimals())));
        }
        cells.push(peak_rates(report, method));
        table.push(colour(report, method), cells);
    }
    Ok(table)
}

/// A value in the column's SI scale, three significant digits.
pub fn scaled(value: Option<f64>, scale: f64) -> Cell {
    let value = value.map(|v| v / scale);
    Cell::number(value, value.map_or(0, |v| decimals_for(v.abs(), 3)))
}

fn headline_note(report: &Report) -> String {
    let sign = if report.primary.lower_is_better() { "supernet minus scratch" } else { "scratch minus supernet" };
    let covers = if report.seeds.len() > 1 {
        "over redrawn subnets and seeds; with few seeds such intervals are rather too narrow"
    } else {
        "over redrawn subnets only: one seed was trained, so they say nothing of another seed"
    };
    format!(
        "Signed gap: {sign}; positive means that the supernet is behind. In brackets: 95% bootstrap intervals {covers}. \
         All methods saw the same batches and took as many updates; a method that passes each batch through several \
         subnets spends more FLOPs, as the columns say. A method's name leads to the jobs behind its row."
    )
}

/// A few columns of the headline table, narrow enough for a terminal.
pub fn terminal(report: &Report) -> String {
    let unit = report.primary.unit();
    let columns = vec![
        Column::text("Method"),
        Column::estimate("Mean absolute gap", unit),
        Column::estimate("Mean signed gap", unit),
        Column::estimate("Kendall τ-b", ""),
    ];
    let mut table = Table::new("terminal", "", columns);
    let decimals = report.primary.decimals();
    for method in &report.methods {
        let mut cells = vec![Cell::text(method)];
        match report.gap(method) {
            Some(g) => cells.extend([
                estimate(&g.gap.mae, decimals),
                estimate(&g.gap.mean_gap, decimals),
                estimate(&g.gap.kendall_tau_b, 2),
            ]),
            None => cells.extend([Cell::Missing, Cell::Missing, Cell::Missing]),
        }
        table.push(None, cells);
    }
    table.plain()
}

/// The paired differences, narrow enough for a terminal.
pub fn terminal_paired(report: &Report) -> Option<String> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::estimate("Absolute gap", report.primary.unit()),
        Column::text("Gap is"),
        Column::text("Own scores are"),
    ];
    let mut table = Table::new("terminal-paired", "", columns);
    for c in &report.comparisons {
        let cells = vec![
            Cell::text(&c.method),
            Cell::text(&c.against),
            estimate(&c.difference, report.primary.decimals()),
            Cell::text(c.verdict.word()),
            Cell::text(own_scores(&c.signed)),
        ];
        table.push(None, cells);
    }
    (!table.rows.is_empty()).then(|| format!("Paired differences over the same subnets and seeds\n{}", table.plain()))
}

/// Paired differences against the baselines; `None` when nothing can be compared.
pub fn paired(report: &Report) -> Option<Table> {
    let mut table = comparison_table("paired", "Each method against the baselines", report, &report.comparisons)?;
    table.note = "Difference: the method's mean absolute gap minus the other's, over the same subnets and seeds; \
                  negative means that the method is nearer to training from scratch. The word is decided by the \
                  interval alone: inconclusive where it holds zero, or where there is none. In the difference of signed gaps the \
                  scores from scratch cancel: it compares the two methods' own scores on the same subnets, and negative \
                  means better."
        .to_owned();
    if report.gaps.iter().any(|g| g.gap.mean_gap.value.is_some_and(|v| v < 0.0)) {
        table.note.push_str(
            " Some supernets here are better than training from scratch: their absolute gap grows as they get better, so \
             the word on the gap does not rank methods here; the word on their own scores does.",
        );
    }
    Some(table)
}

/// Paired differences against the controls; `None` when no control ran.
pub fn controls(report: &Report) -> Option<Table> {
    let title = "Each mixture of experts against its controls";
    let mut table = comparison_table("controls", title, report, &report.controls)?;
    table.note = "A control has what the method has save the routing by architecture (constant router), or only its \
                  smaller initial scale (merged init). A gain over sandwich that a control shows as well is no \
                  evidence for routing."
        .to_owned();
    Some(table)
}

/// The word for a difference of signed gaps.
fn own_scores(difference: &Estimate) -> &'static str {
    match Verdict::of(difference) {
        Verdict::Narrower => "better",
        Verdict::Wider => "worse",
        Verdict::Inconclusive => "inconclusive",
    }
}

fn comparison_table(id: &'static str, title: &str, report: &Report, list: &[Comparison]) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Against"),
        Column::estimate("Difference of mean absolute gap", report.primary.unit()),
        Column::text("Gap is"),
        Column::estimate("Difference of mean signed gap", report.primary.unit()),
        Column::text("Own scores are"),
        Column::number("Subnets", ""),
        Column::number("Seeds", ""),
    ];
    let mut table = Table::new(id, format!("{title}, {}", report.primary.words()), columns);
    for c in list {
        let cells = vec![
            Cell::text(&c.method),
            Cell::text(&c.against),
            estimate(&c.difference, report.primary.decimals()),
            Cell::text(c.verdict.word()),
            estimate(&c.signed, report.primary.decimals()),
            Cell::text(own_scores(&c.signed)),
            Cell::Integer(c.subnets as i64),
            Cell::Integer(c.seeds as i64),
        ];
        table.push(colour(report, &c.method), cells);
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What the controls leave of each gain; `None` when no mixture was compared with `sandwich`.
pub fn credit(report: &Report) -> Option<Table> {
    let unit = report.primary.unit();
    let columns = vec![
        Column::text("Method"),
        Column::text("Gain in the absolute gap over sandwich"),
        Column::number("Gain of its own scores", unit),
        Column::number("The same of its constant-router control", unit),
        Column::number("The same of plain sharing, merged init", unit),
    ];
    let mut table = Table::new("credit", "What a gain can be credited to", columns);
    table.note =
        "Gains of scores are means over the subnets and seeds of the paired comparison with sandwich; positive is \
                  better. What a control gains as well, the mixture does not owe to routing by architecture."
            .to_owned();
    let gains = own_gains(report);
    for (method, credit) in credits(report) {
        let own = gains.iter().find(|gain| gain.method == method);
        let number = |value: Option<f64>| Cell::number(value, report.primary.decimals());
        let cells = vec![
            Cell::text(method),
            Cell::text(credit.words()),
            number(own.map(|g| g.gain)),
            number(own.and_then(|g| g.constant)),
            number(own.and_then(|g| g.merged_init)),
        ];
        table.push(colour(report, method), cells);
    }
    (!table.rows.is_empty()).then(|| table.without_empty_columns())
}
