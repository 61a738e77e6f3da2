//! The headline table has one row for each method.

use mos_base::Split;
use mos_plan::Metric;

use crate::error::Result;
use crate::page::format::si_prefix;
use crate::page::table::{Cell, Column, Table};
use crate::run::{Quality, mean};
use crate::sections::cells::{peak_rates, scaled};
use crate::sections::gaps::facts::method_gap;
use crate::sections::report::Report;
use crate::stats::{Estimate, Gap};

/// A rank correlation has so many decimals.
const RANK: usize = 2;

/// Makes the headline table.
///
/// # Errors
/// This fails when the statistics of a secondary quality fail.
pub fn headline(report: &Report) -> Result<Table> {
    let run = &report.run;
    let flops = |method: &str| mean(run.facts.jobs_of(Metric::TrainFlops, method).map(|m| m.value));
    let (scale, prefix) = si_prefix(run.methods.iter().filter_map(|m| flops(m)));
    let secondary = secondary(report);
    let unit = run.primary.unit();
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
        let unit = quality.metric.facts().unit;
        let unit = if unit.is_empty() { "points" } else { unit };
        columns.push(Column::estimate(&format!("Mean signed gap in {}", quality.words()), unit));
    }
    columns.push(Column::text("Peak learning rate"));
    let title = format!("Gap to training from scratch, {}", run.primary.words());
    let mut table = Table::new("headline", title, columns);
    table.note = note(report);
    let decimals = run.primary.decimals();
    for method in &run.methods {
        let gap = report.gap(method);
        let of = |pick: fn(&Gap) -> &Estimate, decimals| {
            gap.map_or(Cell::Missing, |g| Cell::estimate(pick(&g.gap), decimals))
        };
        let mut cells = vec![
            Cell::whole(mean(run.facts.jobs_of(Metric::SubnetPasses, method).map(|m| m.value))),
            scaled(flops(method), scale),
            of(|g| &g.mae, decimals),
            of(|g| &g.mean_gap, decimals),
            of(|g| &g.kendall_tau_b, RANK),
            of(|g| &g.spearman, RANK),
        ];
        for quality in &secondary {
            let gap = method_gap(run, *quality, method)?;
            cells.push(gap.map_or(Cell::Missing, |g| Cell::estimate(&g.gap.mean_gap, quality.decimals())));
        }
        cells.push(peak_rates(run, method));
        table.push_method(method, cells);
    }
    Ok(table)
}

/// Gives the qualities beside the primary one: every other metric that scores subnets, losses on validation and the
/// rest on test.
fn secondary(report: &Report) -> Vec<Quality> {
    let run = &report.run;
    let shown = |q: &Quality| q.split == if q.lower_is_better() { Split::Valid } else { Split::Test };
    Quality::all().filter(shown).filter(|q| q.metric != run.primary.metric && run.facts.has(*q)).collect()
}

fn note(report: &Report) -> String {
    let run = &report.run;
    let sign = if run.primary.lower_is_better() { "supernet minus scratch" } else { "scratch minus supernet" };
    let covers = if run.seeds.len() > 1 {
        "over redrawn subnets and seeds; with few seeds such intervals are rather too narrow"
    } else {
        "over redrawn subnets only: one seed was trained, so they say nothing of another seed"
    };
    format!(
        "Signed gap: {sign}; positive means that the supernet is behind. In brackets: 95% bootstrap intervals \
         {covers}. All methods saw the same batches and took as many updates; a method that passes each batch through \
         several subnets spends more FLOPs, as the columns say. A method's name leads to the jobs behind its row."
    )
}

/// Makes a few columns of the headline table, narrow enough for a terminal.
pub fn terminal(report: &Report) -> String {
    let (unit, decimals) = (report.run.primary.unit(), report.run.primary.decimals());
    let columns = vec![
        Column::text("Method"),
        Column::estimate("Mean absolute gap", unit),
        Column::estimate("Mean signed gap", unit),
        Column::estimate("Kendall τ-b", ""),
    ];
    let mut table = Table::new("terminal", "", columns);
    for method in &report.run.methods {
        let cells = match report.gap(method) {
            Some(g) => vec![
                Cell::estimate(&g.gap.mae, decimals),
                Cell::estimate(&g.gap.mean_gap, decimals),
                Cell::estimate(&g.gap.kendall_tau_b, RANK),
            ],
            None => vec![Cell::Missing, Cell::Missing, Cell::Missing],
        };
        table.push_method(method, cells);
    }
    table.plain()
}
