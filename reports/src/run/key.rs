//! A key identifies a measured value, and stands beside the value itself.

use mos_base::Split;
use mos_plan::{Metric, Record, Subject, Track};

/// A key says what a value is about. Two rows with the same key measured the same thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The track.
    pub track: Track,
    /// The metric.
    pub metric: Metric,
    /// The split, where it was measured on one.
    pub split: Option<Split>,
    /// The method; empty for a value that belongs to none.
    pub method: String,
    /// What it was measured on.
    pub subject: Subject,
    /// The seed; 0 for a value that belongs to none.
    pub seed: i64,
}

impl Key {
    /// Gives the key of a record.
    pub fn of(record: &Record) -> Key {
        Key {
            track: record.track,
            metric: record.metric,
            split: record.split,
            method: record.method.clone(),
            subject: record.subject.clone(),
            seed: record.seed,
        }
    }
}

/// A value with the job that measured it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The value, in the metric's unit.
    pub value: f64,
    /// The id of the job.
    pub job: String,
    /// Whether other workers ran beside the job.
    pub loaded: bool,
}

impl Measured {
    /// Gives the value of a record.
    pub fn of(record: &Record) -> Measured {
        Measured { value: record.value, job: record.job_id.clone(), loaded: record.loaded }
    }
}
