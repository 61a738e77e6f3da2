//! Defines the record: every measured number of every track is one row of this kind.

use mos_base::Split;
use serde::{Deserialize, Serialize};

use crate::metric::Metric;
use crate::subject::Subject;
use crate::track::Track;

/// Version of the record file's columns that is written. Version 1 had neither `subject` nor `bound`.
pub const RECORD_SCHEMA: u32 = 2;

/// One measured row: what was measured (`metric`, `split`, `step`), on what (`method`, `seed`, `subject`), by which
/// job, and the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Id (hex) of the job that measured it.
    pub job_id: String,
    /// The track.
    pub track: Track,
    /// Registry id of the corpus, or the name of a local folder.
    pub dataset: String,
    /// Profile name (`smoke`, `quick`, `cpu`, `paper`).
    pub profile: String,
    /// Name of a method; empty for a row that belongs to none.
    pub method: String,
    /// Seed of the training that it belongs to; 0 for a row that belongs to none.
    pub seed: i64,
    /// What it is about.
    pub subject: Subject,
    /// The split on which it was measured, where it was measured on one.
    pub split: Option<Split>,
    /// What was measured.
    pub metric: Metric,
    /// Updates done when it was measured.
    pub step: i64,
    /// The value, in the metric's unit.
    pub value: f64,
    /// Whether other workers ran beside this job (a time measured then is not a time alone on the machine).
    pub loaded: bool,
}
