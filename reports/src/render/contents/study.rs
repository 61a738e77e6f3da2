//! The sections of the latency study. A run without it has none of them.

use super::{plot_or, table_or};
use crate::Result;
use crate::render::model::Report;
use crate::render::page::{Block, Section};
use crate::render::tables::{
    latency as latency_tables, pareto, retraining as retraining_tables, search as search_tables,
};
use crate::render::{plots, summary};

/// Latency, search, trade-off, savings, total cost.
///
/// # Errors
/// When a plot fails.
pub fn sections(report: &Report) -> Result<Vec<Section>> {
    if report.facts.study.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![latency(report)?, search(report)?, tradeoff(report)?, retraining(report)?, total_cost(report)])
}

fn latency(report: &Report) -> Result<Section> {
    let blocks = vec![
        Block::Prose(summary::study::steadiness(report)),
        table_or(report, latency_tables::jobs(report), "Measurements: not available, no latency job has ended."),
        table_or(report, latency_tables::predictors(report), "Predictors: not available, none was fitted."),
        plot_or(report, plots::latency::plot(report)?, "Latency against FLOPs: not available, no sample was measured."),
        table_or(
            report,
            latency_tables::subnets(report),
            "Latency of scored and found subnets: not available; it is measured when all searches have ended, and not at all where \
             a table of latencies was given.",
        ),
    ];
    Ok(Section { id: "latency", title: "Latency", blocks })
}

fn search(report: &Report) -> Result<Section> {
    let absent = "Not available: no search has ended.";
    let mut blocks = vec![table_or(report, search_tables::searches(report), absent)];
    if !report.study.searches.is_empty() {
        blocks.insert(0, Block::Prose(summary::study::searches(report)));
        blocks.push(plot_or(report, plots::search::plot(report)?, "Courses of the searches: not available."));
    }
    Ok(Section { id: "search", title: "Search", blocks })
}

fn tradeoff(report: &Report) -> Result<Section> {
    let absent = "Not available: no found subnet has both a latency and a score.";
    let mut blocks = vec![plot_or(report, plots::pareto::plot(report)?, absent)];
    let tables = [pareto::fronts(report), pareto::points(report)];
    blocks.extend(tables.into_iter().flatten().map(|table| Block::Table(table, super::made_by(report))));
    Ok(Section { id: "pareto", title: "Latency and quality", blocks })
}

fn retraining(report: &Report) -> Result<Section> {
    let absent = "Not available: no continued training has ended.";
    let mut blocks = vec![Block::Prose(summary::study::schedule(report))];
    if report.study.retraining.trainings.is_empty() {
        blocks.push(Block::Prose(absent.to_owned()));
        return Ok(Section { id: "retraining", title: "Retraining savings", blocks });
    }
    let absent =
        "Paired differences: not available, no method was trained on under the same limits as hat or sandwich.";
    blocks.extend([
        table_or(report, retraining_tables::methods(report), absent),
        Block::Prose(summary::study::survival(report)),
        plot_or(report, plots::retraining::plot(report)?, "Courses of continued training: not available."),
        table_or(report, retraining_tables::paired(report), absent),
        table_or(report, retraining_tables::trainings(report), absent),
    ]);
    Ok(Section { id: "retraining", title: "Retraining savings", blocks })
}

fn total_cost(report: &Report) -> Section {
    let absent = "Not available: no search has ended.";
    let blocks = vec![table_or(report, retraining_tables::total_cost(report), absent)];
    Section { id: "total-cost", title: "Total cost", blocks }
}
