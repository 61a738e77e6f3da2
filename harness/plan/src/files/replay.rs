//! `replay.json` says which jobs of a run were made again, and where.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Jobs of a run that were made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Name of the run.
    pub run: String,
    /// The seed by which jobs were drawn.
    pub seed: u64,
    /// How many were to be drawn; none where one was named.
    pub jobs_asked: Option<u64>,
    /// The drawn jobs and those that they rest on.
    pub jobs: Vec<ReplayedJob>,
}

/// A job and its repetition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayedJob {
    /// Id of the run's job.
    pub original: String,
    /// Id of the job that was made again: the same, unless machine, threads or libtorch differ.
    pub again: String,
}

impl Replay {
    /// Gives the file in the folder of a replay.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("replay.json")
    }

    /// Reads the file; `None` where there is none that can be read.
    pub fn read(folder: &Path) -> Option<Replay> {
        serde_json::from_slice(&std::fs::read(Replay::path(folder)).ok()?).ok()
    }
}
