//! The headline table has one row for each method.

use mos_base::Split;
use mos_plan::headline::Headline;
use mos_plan::{Metric, Subject};

use crate::error::Result;
use crate::page::format::{list, si_prefix};
use crate::page::table::{Cell, Column, Table};
use crate::run::{Quality, mean};
use crate::sections::cells::{peak_rates, scaled};
use crate::sections::comparisons::words::covers;
use crate::sections::gaps::facts::method_gap;
use crate::sections::report::Report;
use crate::stats::{Estimate, Gap};

/// A rank correlation has so many decimals.
const RANK: usize = 2;

/// Makes the headline table.
pub fn headline(report: &Report) -> Table {
    let run = &report.run;
    let flops = |method: &str| mean(run.facts.jobs_of(Metric::TrainFlops, method).map(|m| m.value));
    let (scale, prefix) = si_prefix(run.methods.iter().filter_map(|m| flops(m)));
    let unit = run.primary.unit();
    let columns = vec![
        Column::text("Method"),
        Column::estimate("Mean absolute gap", unit),
        Column::estimate("Mean signed gap", unit),
        Column::estimate("Kendall τ-b", ""),
        Column::estimate("Spearman ρ", ""),
        Column::number("Subnet passes", "per update"),
        Column::number("Training FLOPs", &format!("{prefix}FLOP")),
        Column::text("Diverged"),
    ];
    let title = format!("Gap to training from scratch, {}", run.primary.words());
    let mut table = Table::new("headline", title, columns);
    table.note = note(report);
    let decimals = run.primary.decimals();
    for method in &run.methods {
        let gap = report.gap(method);
        let of = |pick: fn(&Gap) -> &Estimate, decimals| {
            gap.map_or(Cell::Missing, |g| Cell::estimate(pick(&g.gap), decimals))
        };
        let cells = vec![
            of(|g| &g.mae, decimals),
            of(|g| &g.mean_gap, decimals),
            of(|g| &g.kendall_tau_b, RANK),
            of(|g| &g.spearman, RANK),
            Cell::whole(mean(run.facts.jobs_of(Metric::SubnetPasses, method).map(|m| m.value))),
            scaled(flops(method), scale),
            diverged(report, method),
        ];
        table.push_method(method, cells);
    }
    table.without_empty_columns()
}

/// Says with which seeds the supernet of a method diverged. The column is there only where one of any method did.
fn diverged(report: &Report, method: &str) -> Cell {
    let supernets = report.run.failed.iter().filter(|f| f.key.subject == Subject::Whole);
    let own: Vec<String> =
        supernets.clone().filter(|f| f.key.method == method).map(|f| f.key.seed.to_string()).collect();
    match own.as_slice() {
        [] if supernets.count() == 0 => Cell::Missing,
        [] => Cell::text("none"),
        seeds => Cell::Text(format!("seed {}", list(seeds))),
    }
}

/// Makes the table of the headline's minor columns: the gaps in other metrics, and the rates.
///
/// # Errors
/// This fails when the statistics of a secondary quality fail.
pub fn minor(report: &Report) -> Result<Table> {
    let run = &report.run;
    let (secondary, among) = (secondary(report), run.headline_subnets());
    let mut columns = vec![Column::text("Method")];
    for quality in &secondary {
        let unit = quality.metric.facts().unit;
        let unit = if unit.is_empty() { "points" } else { unit };
        columns.push(Column::estimate(&format!("Mean signed gap in {}", quality.words()), unit));
    }
    columns.push(Column::text("Peak learning rate"));
    let mut table = Table::new("headline-more", "Gaps in other metrics, and peak rates", columns).folded();
    table.note = "These decide nothing. Positive means that the supernet is behind.".to_owned();
    for method in &run.methods {
        let mut cells = Vec::new();
        for quality in &secondary {
            let gap = method_gap(run, *quality, method, &among)?;
            cells.push(gap.map_or(Cell::Missing, |g| Cell::estimate(&g.gap.mean_gap, quality.decimals())));
        }
        cells.push(peak_rates(run, method));
        table.push_method(method, cells);
    }
    Ok(table.without_empty_columns())
}

/// Gives the qualities beside the primary one: every other metric that scores subnets, on test.
fn secondary(report: &Report) -> Vec<Quality> {
    let run = &report.run;
    let others = Quality::all().filter(|q| q.split == Split::Test && q.metric != run.primary.metric);
    others.filter(|q| run.facts.has(*q)).collect()
}

fn note(report: &Report) -> String {
    let run = &report.run;
    let sign = if run.primary.lower_is_better() { "supernet minus scratch" } else { "scratch minus supernet" };
    let over = match run.manifest.headline {
        Headline::All => "",
        Headline::Random => "Over the random subnets; the largest and the smallest stand beside. ",
    };
    format!(
        "{over}Signed gap: {sign}; positive means that the supernet is behind. In brackets: 95% bootstrap intervals \
         {}. All methods saw the same batches and took as many updates; a method that passes each batch through \
         several subnets spends more FLOPs, as the columns say. A method's name leads to the jobs behind its row.",
        covers(report)
    )
}
