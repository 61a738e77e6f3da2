//! These tables show the cost of training.

use mos_plan::{Metric, Subject};

use crate::page::format::{mebibytes, si_prefix};
use crate::page::table::{Cell, Column, Table};
use crate::run::mean;
use crate::sections::cells::{load_words, scaled};
use crate::sections::report::Report;

/// Makes the table of what training each method cost; `None` when no training job has finished.
pub fn by_method(report: &Report) -> Option<Table> {
    let facts = &report.run.facts;
    let methods = report.run.all_methods();
    let parameters = |m: &str| mean(facts.jobs_of(Metric::SupernetParams, m).map(|m| m.value));
    let (scale, prefix) = si_prefix(methods.iter().filter_map(|m| parameters(m)));
    let columns = vec![
        Column::text("Method"),
        Column::number("Training jobs", ""),
        Column::number("Updates", "per job"),
        Column::number("Passes over the data", "epochs"),
        Column::number("Trained parameters", prefix),
        Column::number("Training time", "s per job"),
        Column::number("Training time in all", "s"),
        Column::number("Predicted tokens", "per s"),
        Column::number("Model-FLOP utilisation", "%"),
        Column::number("Peak memory", "MiB"),
        Column::text("Machine"),
    ];
    let mut table = Table::new("cost", "Cost of training", columns);
    table.note =
        "Means over a method's training jobs (its seeds; from scratch, its subnets too), save memory, which is \
                  the largest, and the time in all. Tokens: each batch counted once, however many subnets it passes. \
                  Loaded: other workers ran beside the job, so its times are not times alone on the machine."
            .to_owned();
    for method in &methods {
        let average = |metric: Metric| mean(facts.jobs_of(metric, method).map(|m| m.value));
        let shown = |metric: Metric| Cell::metric(metric, average(metric));
        let seconds = || facts.jobs_of(Metric::TrainSeconds, method).map(|m| m.value);
        let jobs = seconds().count();
        if jobs == 0 {
            continue;
        }
        let memory = facts.jobs_of(Metric::PeakMemory, method).map(|m| mebibytes(m.value)).reduce(f64::max);
        let cells = vec![
            Cell::Integer(jobs as i64),
            shown(Metric::Updates),
            scaled(average(Metric::Epochs), 1.0),
            scaled(parameters(method), scale),
            shown(Metric::TrainSeconds),
            Cell::metric(Metric::TrainSeconds, seconds().reduce(|a, b| a + b)),
            shown(Metric::TokensPerSecond),
            Cell::number(average(Metric::Utilisation).map(|u| 100.0 * u), 1),
            Cell::number(memory, 0),
            load_words(facts.jobs_of(Metric::TrainSeconds, method)),
        ];
        table.push_method(method, cells);
    }
    table.unless_empty().map(Table::without_empty_columns)
}

/// Makes the table of what each training job cost; `None` when none has finished.
pub fn by_job(report: &Report) -> Option<Table> {
    let columns = vec![
        Column::text("Method"),
        Column::text("Subnet"),
        Column::number("Seed", ""),
        Column::number("Diverged", "at update"),
        Column::metric(Metric::TrainSeconds),
        Column::number("Predicted tokens", "per s"),
        Column::number("Model-FLOP utilisation", "%"),
        Column::number("Peak memory", "MiB"),
        Column::text("Machine"),
        Column::text("Job id"),
    ];
    let mut table = Table::new("job-cost", "Cost of each training job", columns);
    let facts = &report.run.facts;
    for method in report.run.all_methods() {
        for job in facts.train_keys().into_iter().filter(|job| job.method == method) {
            let measured = |metric: Metric| facts.job(metric, &method, &job.subject, job.seed);
            let value = |metric: Metric| measured(metric).map(|m| m.value);
            let seconds = measured(Metric::TrainSeconds);
            let cells = vec![
                Cell::text(if job.subject == Subject::Whole { "supernet".to_owned() } else { job.subject.text() }),
                Cell::Integer(job.seed),
                Cell::whole(value(Metric::DivergedAt)),
                Cell::metric(Metric::TrainSeconds, value(Metric::TrainSeconds)),
                Cell::metric(Metric::TokensPerSecond, value(Metric::TokensPerSecond)),
                Cell::number(value(Metric::Utilisation).map(|u| 100.0 * u), 1),
                Cell::number(value(Metric::PeakMemory).map(mebibytes), 0),
                load_words(seconds.into_iter()),
                seconds.map_or(Cell::Missing, |m| Cell::text(&m.job)),
            ];
            table.push_method(&method, cells);
        }
    }
    table.unless_empty().map(Table::without_empty_columns)
}
