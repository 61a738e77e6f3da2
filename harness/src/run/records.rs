//! Merges the jobs' records into those of the run, in an order that does not depend on when the jobs ran.

use std::cmp::Ordering;

use anyhow::Result;
use mos_plan::Record;
use mos_plan::files::folder::RunFolder;
use mos_plan::files::job::RECORDS;
use mos_plan::graph::JobGraph;
use mos_reports::read_records;

/// Reads every job's records and sorts them. A job that could measure nothing, since a training before it diverged, has
/// none.
pub fn merge(graph: &JobGraph, folder: &RunFolder, jobs: impl IntoIterator<Item = usize>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for job in jobs {
        let id = &graph.jobs[job].id;
        if folder.job(id)?.is_none_or(|file| file.void.is_none()) {
            records.extend(read_records(&folder.job_dir(id).join(RECORDS))?);
        }
    }
    records.sort_by(order);
    Ok(records)
}

fn order(a: &Record, b: &Record) -> Ordering {
    let key = |r: &Record| {
        let split = r.split.map_or_else(String::new, |split| split.to_string());
        (r.track, r.method.clone(), r.seed, r.subject.text(), r.metric.name(), split, r.step, r.job_id.clone())
    };
    key(a).cmp(&key(b)).then(a.value.total_cmp(&b.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_base::Split;
    use mos_plan::{Metric, Subject, Track};

    fn record(method: &str, step: i64, job_id: &str) -> Record {
        Record {
            job_id: job_id.into(),
            track: Track::Mt,
            dataset: "d".into(),
            profile: "p".into(),
            method: method.into(),
            seed: 1,
            subject: Subject::Whole,
            split: Some(Split::Valid),
            metric: Metric::Loss,
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
