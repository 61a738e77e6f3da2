//! Keeps what a search found.

use std::path::Path;

use anyhow::{Context as _, Result};
use mos_spaces::Arch;
use mos_spaces::search::limit::Reach;
use serde::{Deserialize, Serialize};

use crate::system::files::write_atomic;

/// Name of the file in the job's folder that holds what the search found.
pub const FOUND: &str = "found.json";

/// The outcome of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchResult {
    /// The best subnet.
    pub arch: Arch,
    /// Its fitness: the loss that its training minimised, on validation, with inherited weights.
    pub fitness: f64,
    /// Its cost in the limit's unit.
    pub cost: f64,
    /// The limit and what can be reached.
    pub reach: Reach,
    /// Distinct subnets that were scored.
    pub evaluations: usize,
    /// What random search found, where evolution has it beside it.
    pub random: Option<RandomSearch>,
}

/// What a search among random subnets found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomSearch {
    /// Best fitness.
    pub fitness: f64,
    /// Subnets that were scored: as many as evolution scored, or fewer where a long draw finds no more.
    pub evaluations: usize,
}

impl SearchResult {
    /// Writes the outcome into the job's folder.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn write(&self, job_dir: &Path) -> Result<()> {
        write_atomic(&job_dir.join(FOUND), &serde_json::to_vec_pretty(self)?)
    }

    /// Reads what a finished search found.
    ///
    /// # Errors
    /// Fails if the file is missing or damaged.
    pub fn read(job_dir: &Path) -> Result<SearchResult> {
        let path = job_dir.join(FOUND);
        let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
    }
}
