//! These tables show the subnets.

use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method;

use crate::page::format::{capital, si_prefix};
use crate::page::table::{Cell, Column, Table};
use crate::run::Quality;
use crate::sections::cells::{rate_cell, scaled};
use crate::sections::report::Report;

/// Makes the table of the scored subnets; `None` when the plan has none.
pub fn subnets(report: &Report) -> Option<Table> {
    let run = &report.run;
    let (params, params_prefix) = si_prefix(run.cards().map(|c| c.params as f64));
    let (flops, flops_prefix) = si_prefix(run.cards().map(|c| c.flops as f64));
    let columns = vec![
        Column::text("Subnet"),
        Column::number("Parameters without embeddings", params_prefix),
        Column::number("Forward FLOPs of an example without output projection", &format!("{flops_prefix}FLOP")),
        Column::text("Shape"),
        Column::text("Peak rate from scratch"),
    ];
    let mut table = Table::new("subnets", "Scored subnets", columns);
    let reference = &method::reference().name;
    for card in run.cards() {
        let subject = Subject::Subnet(card.id.clone());
        let mut seeds = run.manifest.seeds.iter();
        let trained = seeds.find_map(|seed| run.facts.job(Metric::PeakLr, reference, &subject, *seed));
        let cells = vec![
            Cell::text(&card.id.name),
            scaled(Some(card.params as f64), params),
            scaled(Some(card.flops as f64), flops),
            Cell::text(&card.summary),
            rate_cell(trained.map(|m| m.value)),
        ];
        table.push(cells);
    }
    table.unless_empty()
}

/// Makes the table of scores of every subnet under every method in one quality; `None` when nothing was scored in it.
pub fn scores(report: &Report, quality: Quality) -> Option<Table> {
    let run = &report.run;
    if !run.facts.has(quality) {
        return None;
    }
    let methods = run.all_methods();
    let mut columns = vec![Column::text("Subnet")];
    columns.extend(methods.iter().map(|method| Column::number(method, quality.metric.facts().unit)));
    let id = format!("{}-{}", quality.split, quality.metric.name().replace('_', "-"));
    let mut table = Table::new(id, format!("{} of each subnet", capital(&quality.words())), columns);
    if run.seeds.len() > 1 {
        table.note = format!("Mean over {} seeds.", run.seeds.len());
    }
    for subnet in run.subnets.iter().chain(&run.found_subnets) {
        let score = |method: &String| cell(report, quality, method, subnet);
        table.push(std::iter::once(Cell::text(&subnet.name)).chain(methods.iter().map(score)).collect());
    }
    Some(table.without_empty_columns())
}

fn cell(report: &Report, quality: Quality, method: &str, subnet: &SubnetId) -> Cell {
    let mean = report.run.facts.mean_score(quality, method, subnet, &report.run.seeds);
    Cell::metric(quality.metric, mean)
}
