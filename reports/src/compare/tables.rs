//! The tables of two runs side by side.

use mos_plan::SubnetId;
use serde::Serialize;

use crate::page::table::{Cell, Column, Table};
use crate::sections::claims::facts::scope;
use crate::sections::report::Report;

/// A score that both runs have.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreDifference {
    /// The method.
    pub method: String,
    /// The subnet.
    pub subnet: String,
    /// Mean over the seeds of the first run.
    pub a: f64,
    /// Mean over the seeds of the second run.
    pub b: f64,
}

/// Makes the table of how the runs were made.
pub fn setting(reports: &[Report; 2], names: &[String; 2]) -> Table {
    let columns = vec![Column::text("Fact"), Column::text(&names[0]), Column::text(&names[1]), Column::text("Alike")];
    let mut table = Table::new("setting", "How they were made", columns);
    let [a, b] = reports.each_ref().map(facts);
    for ((fact, a), (_, b)) in a.into_iter().zip(b) {
        let alike = if a == b { "yes" } else { "no" };
        table.push(vec![Cell::text(fact), Cell::Text(a), Cell::Text(b), Cell::text(alike)]);
    }
    table
}

fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let (m, run) = (&report.run.manifest, &report.run);
    let e = &m.environment;
    let seeds: Vec<String> = run.seeds.iter().map(i64::to_string).collect();
    vec![
        ("Profile", m.profile.clone()),
        ("Corpus", m.corpus().id.clone()),
        ("Hash of the data", m.corpus().hash.clone()),
        ("Search space", m.space.clone()),
        ("Methods", run.methods.join(", ")),
        ("Seeds", seeds.join(", ")),
        ("Subnets", run.subnets.iter().map(|id| id.name.as_str()).collect::<Vec<_>>().join(", ")),
        ("Hash of the code", e.code_hash.clone()),
        ("Commit", e.commit.clone().unwrap_or_else(|| "not recorded".to_owned())),
        ("libtorch", e.libtorch.clone()),
        ("Device", e.device.clone()),
        ("Processor", format!("{}, {}", e.cpu, e.cpu_capability)),
        ("Threads of a job", e.threads_per_job.to_string()),
    ]
}

/// Makes the table of verdicts, of the claims that either run was asked.
pub fn verdicts(reports: &[Report; 2], names: &[String; 2]) -> Table {
    let columns = vec![
        Column::text("Claim"),
        Column::text(&names[0]),
        Column::estimate(&format!("Difference, {}", names[0]), ""),
        Column::text(&names[1]),
        Column::estimate(&format!("Difference, {}", names[1]), ""),
        Column::text("In"),
    ];
    let mut table = Table::new("verdicts", "Verdicts", columns);
    let [a, b] = reports.each_ref().map(|report| report.claims.iter().flat_map(|family| &family.claims));
    let scopes = reports.each_ref().map(|report| scope(&report.run));
    // Both runs are of one track, whose claims are the same and in the same order.
    for (a, b) in a.zip(b) {
        let difference = |numbers: &Option<crate::claims::Numbers>| {
            numbers.as_ref().map_or(Cell::Missing, |n| {
                Cell::estimate(&n.difference, crate::page::format::decimals_for(n.effect, 2))
            })
        };
        let unit = a.numbers.as_ref().or(b.numbers.as_ref()).map_or(Cell::Missing, |n| Cell::text(&n.unit));
        table.push(vec![
            Cell::text(&a.claim.says),
            Cell::Text(a.verdict.words(scopes[0])),
            difference(&a.numbers),
            Cell::Text(b.verdict.words(scopes[1])),
            difference(&b.numbers),
            unit,
        ]);
    }
    table.note = "Difference: the first method's value minus the other's, with the run's own 95% interval.".to_owned();
    table.without_empty_columns()
}

/// Makes the table of gaps, a row a method that either run has.
pub fn gaps(reports: &[Report; 2], names: &[String; 2]) -> Table {
    let quality = reports[0].run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::estimate(&format!("Mean absolute gap, {}", names[0]), quality.unit()),
        Column::estimate(&format!("Mean absolute gap, {}", names[1]), quality.unit()),
    ];
    let mut table = Table::new("gaps", format!("Gap to training from scratch, {}", quality.words()), columns);
    for method in either(reports.each_ref().map(|report| report.run.methods.clone())) {
        let of = |report: &Report| {
            report.gap(&method).map_or(Cell::Missing, |gap| Cell::estimate(&gap.gap.mae, quality.decimals()))
        };
        table.push(vec![Cell::text(&method), of(&reports[0]), of(&reports[1])]);
    }
    table
}

/// Gives the scores that both runs have, each the mean over the run's seeds.
pub fn score_differences(reports: &[Report; 2]) -> Vec<ScoreDifference> {
    let methods = either(reports.each_ref().map(|report| report.run.all_methods()));
    let subnets: Vec<SubnetId> = either(reports.each_ref().map(|report| report.run.subnets.clone()));
    let mean = |report: &Report, method: &str, subnet: &SubnetId| {
        let run = &report.run;
        run.facts.mean_score(run.primary, method, subnet, &run.seeds)
    };
    let mut rows = Vec::new();
    for method in &methods {
        for subnet in &subnets {
            let [a, b] = reports.each_ref().map(|report| mean(report, method, subnet));
            if let Some((a, b)) = a.zip(b) {
                rows.push(ScoreDifference { method: method.clone(), subnet: subnet.name.clone(), a, b });
            }
        }
    }
    rows
}

/// Makes the table of scores.
pub fn scores(reports: &[Report; 2], names: &[String; 2], scores: &[ScoreDifference]) -> Table {
    let quality = reports[0].run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number(&names[0], quality.unit()),
        Column::number(&names[1], quality.unit()),
        Column::number("Second minus first", quality.unit()),
    ];
    let mut table = Table::new("scores", format!("Scores that both have, {}", quality.words()), columns);
    for row in scores {
        let number = |value: f64| Cell::number(Some(value), quality.decimals());
        table.push(vec![
            Cell::text(&row.method),
            Cell::text(&row.subnet),
            number(row.a),
            number(row.b),
            number(row.b - row.a),
        ]);
    }
    table.note =
        "Each is the mean over the run's own seeds. A subnet of one name is the same in both only where their search \
                  space and their draw are."
            .to_owned();
    table
}

/// Gives what either has, in the order of the first and then of the second.
fn either<T: PartialEq>(lists: [Vec<T>; 2]) -> Vec<T> {
    let mut all = Vec::new();
    for item in lists.into_iter().flatten() {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}
