//! Trainings that failed are results: they are named, and so is what they leave out.

use mos_plan::{Metric, Subject};
use mos_spaces::method::reference;

use crate::page::format::{fixed, integer, list, rate};
use crate::page::table::{Cell, Column, Table};
use crate::run::{FailedTraining, Failure, learned_nats};
use crate::sections::cells::rate_cell;
use crate::sections::gaps::facts::MethodGap;
use crate::sections::report::Report;

/// Says in sentences which trainings failed and what follows; empty where none did.
pub fn failures(report: &Report) -> String {
    let (scratch, supernets): (Vec<&FailedTraining>, Vec<&FailedTraining>) =
        report.run.failed.iter().partition(|f| f.key.method == reference().name);
    let names = |failed: &[&FailedTraining]| list(&failed.iter().map(|f| name(f)).collect::<Vec<_>>());
    let mut sentences = Vec::new();
    if !supernets.is_empty() {
        sentences.push(format!(
            "Diverged: {}. What needs these weights (scores, searches, continued training) is missing.",
            names(&supernets)
        ));
    }
    if !scratch.is_empty() {
        sentences.push(format!(
            "Training from scratch failed for {}. Such subnets are left out of gap and rank with every seed; the \
             numbers that include them stand beside.",
            names(&scratch)
        ));
    }
    sentences.join(" ")
}

/// Names a training that failed, with what went wrong.
fn name(failed: &FailedTraining) -> String {
    let what = match &failed.key.subject {
        Subject::Whole => failed.key.method.clone(),
        subject => subject.text(),
    };
    let how = match failed.failure {
        Failure::Diverged(at) => format!("diverged at update {}", integer(at.round() as i64)),
        Failure::HardlyLearned(loss, _) => format!("hardly learned, validation loss {}", fixed(loss, 3)),
    };
    format!("{what} (seed {}, {how})", failed.key.seed)
}

/// Makes the table of the trainings that failed, and of those whose first attempt did; `None` where there are none.
pub fn trainings(report: &Report) -> Option<Table> {
    let facts = &report.run.facts;
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Seed", ""),
        Column::text("What happened"),
        Column::number("Peak rate", ""),
        Column::number("Failed first at", "peak rate"),
    ];
    let mut table = Table::new("failed", "Trainings that failed", columns);
    table.note = format!(
        "A diverged training has no weights: what needs them is missing. A training from scratch hardly learned where \
         its validation loss ended less than {} nats below the cross-entropy of the training unigram. Its subnet \
         is left out of gap and rank with every seed. A training whose first attempt failed was repeated at a lower \
         rate, and counts.",
        learned_nats(&report.run.manifest.profile_toml).unwrap_or(0.0)
    );
    for key in facts.train_keys() {
        let value = |metric: Metric| facts.job(metric, &key.method, &key.subject, key.seed).map(|m| m.value);
        let failure = report.run.failed.iter().find(|f| f.key == key).map(|f| f.failure);
        let first = value(Metric::FailedPeakLr);
        if failure.is_none() && first.is_none() {
            continue;
        }
        let happened = match (failure, first) {
            (Some(Failure::Diverged(at)), _) => format!("diverged at update {}", integer(at.round() as i64)),
            (Some(Failure::HardlyLearned(loss, most)), _) => {
                format!("hardly learned: {} and not below {}", fixed(loss, 3), fixed(most, 3))
            }
            (None, Some(first)) => format!("repeated after it failed at {}", rate(first)),
            (None, None) => continue,
        };
        let whole = key.subject == Subject::Whole;
        let cells = vec![
            Cell::Text(if whole { "supernet".to_owned() } else { key.subject.text() }),
            Cell::Integer(key.seed),
            Cell::Text(happened),
            rate_cell(value(Metric::PeakLr)),
            rate_cell(first),
        ];
        table.push_method(&key.method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of gaps with the subnets whose training from scratch failed; `None` where none did.
pub fn gaps(report: &Report) -> Option<Table> {
    let primary = report.run.primary;
    let columns = vec![
        Column::text("Method"),
        Column::number("Subnets", ""),
        Column::estimate("Mean absolute gap", primary.unit()),
        Column::estimate("Mean signed gap", primary.unit()),
        Column::estimate("Kendall τ-b", ""),
        Column::estimate("Spearman ρ", ""),
    ];
    let title = format!("The headline with the failed subnets, {}", primary.words());
    let mut table = Table::new("with-failed", title, columns);
    table.note = "For comparison alone: where a training from scratch went wrong, a gap says how wrong, not how good \
                  sharing is. A subnet whose training diverged has no score, so only the rest are here."
        .to_owned();
    for MethodGap { method, subnets, gap, .. } in &report.gaps_with_failed {
        let cells = vec![
            Cell::Integer(*subnets as i64),
            Cell::estimate(&gap.mae, primary.decimals()),
            Cell::estimate(&gap.mean_gap, primary.decimals()),
            Cell::estimate(&gap.kendall_tau_b, 2),
            Cell::estimate(&gap.spearman, 2),
        ];
        table.push_method(method, cells);
    }
    table.unless_empty()
}
