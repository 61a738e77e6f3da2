//! A run's records: the jobs' records, merged in an order that does not depend on when they ran.

use std::cmp::Ordering;

use anyhow::Result;
use mos_reports::schema::Record;

use crate::plan::JobGraph;
use crate::store::RunStore;
use crate::worker::RECORDS;

/// Reads every job's records and sorts them.
pub fn merge<'a>(graph: &JobGraph, store: &RunStore, jobs: impl Iterator<Item = &'a usize>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for &job in jobs {
        records.extend(mos_reports::store::read_records(&store.job_dir(&graph.jobs[job].id).join(RECORDS))?);
    }
    records.sort_by(order);
    Ok(records)
}

fn order(a: &Record, b: &Record) -> Ordering {
    let key = |r: &Record| {
        (r.method.clone(), r.seed, r.subnet.clone(), r.metric.clone(), r.split.clone(), r.step, r.job_id.clone())
    };
    key(a).cmp(&key(b)).then(a.value.total_cmp(&b.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(method: &str, step: i64, job_id: &str) -> Record {
        Record {
            job_id: job_id.into(),
            track: "mt".into(),
            dataset: "d".into(),
            profile: "p".into(),
            method: method.into(),
            seed: 1,
            subnet: String::new(),
            split: "valid".into(),
            metric: "loss".into(),
            step,
            value: 1.0,
            loaded: false,
        }
    }

    #[test]
    fn the_order_does_not_depend_on_the_order_of_jobs() {
        let a = vec![record("hat", 20, "1"), record("hat", 10, "1"), record("", 0, "2"), record("hat", 20, "0")];
        let mut forwards = a.clone();
        let mut backwards: Vec<Record> = a.into_iter().rev().collect();
        forwards.sort_by(order);
        backwards.sort_by(order);
        assert_eq!(forwards, backwards);
        assert_eq!(forwards[0].method, "");
    }
}
