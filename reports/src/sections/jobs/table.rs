//! This table shows the jobs.

use crate::page::table::{Cell, Column, JOBS, Table};
use crate::sections::cells::peak_rates;
use crate::sections::report::Report;

/// Makes the table of ids of the jobs behind each method's numbers.
pub fn table(report: &Report) -> Table {
    let run = &report.run;
    let columns = vec![
        Column::text("Method"),
        Column::number("Seed", ""),
        Column::text("Peak learning rate"),
        Column::text("Job ids (training and scoring)"),
    ];
    let mut table = Table::new(JOBS, "Jobs behind each method", columns);
    table.note = "Each id names a folder of the run and the job_id of its rows in records.parquet.".to_owned();
    // Methods of other papers train on spaces of their own, and are no row of the other tables but a few.
    let mut methods = run.all_methods();
    let guests = run.facts.methods().into_iter().map(str::to_owned).filter(|name| !methods.contains(name));
    methods.extend(guests.collect::<Vec<String>>());
    for method in methods {
        for seed in run.facts.seeds_of(&method) {
            let ids = run.facts.job_ids(&method, seed).join(" ");
            table.push_method(&method, vec![Cell::Integer(seed), peak_rates(run, &method), Cell::text(ids)]);
        }
    }
    for seed in run.facts.seeds_of("") {
        let ids = run.facts.job_ids("", seed).join(" ");
        let what = if run.facts.study.is_empty() { "(facts of the data)" } else { "(facts of the data, latency)" };
        table.push(vec![Cell::text(what), Cell::Missing, Cell::Missing, Cell::text(ids)]);
    }
    table
}
