//! The bodies of the jobs: what a worker process does.

mod common;
mod facts;
pub mod latency;
mod predictor;
mod retraining;
mod scoring;
mod searching;
mod splitting;
mod state;
mod training;
mod translate;

pub use latency::TABLE as LATENCY_TABLE;
pub use scoring::{CHOSEN, export};
pub use searching::{FOUND, FoundFile, found};
pub use state::sweep;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use mos_reports::schema::Record;
use serde::{Deserialize, Serialize};

use crate::spec::{JobSpec, Work};

/// Where a job works, and how it talks to its surroundings.
pub struct WorkContext {
    /// The job's own folder: checkpoints, logs, outputs.
    pub job_dir: PathBuf,
    /// Folders of the jobs in `spec.needs`, in that order.
    pub needs: Vec<PathBuf>,
    /// Folder of the prepared corpus.
    pub corpus_dir: PathBuf,
    /// Other workers run beside this one.
    pub loaded: bool,
    /// Matrix-product rate of this machine on the job's threads, GFLOP/s.
    pub matmul_gflops: f64,
    /// Minutes between checkpoints; no part of the spec, since it decides nothing.
    pub checkpoint_minutes: f64,
    /// Set when the job is to save its progress and return [`Outcome::Interrupted`].
    pub stop: Arc<AtomicBool>,
    /// Tells how far the job is.
    pub progress: Box<dyn Fn(Progress)>,
}

/// How far a job is; a worker prints it as a JSON line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub done: u64,
    /// All steps.
    pub total: u64,
    /// What it is at, in a few words.
    pub note: String,
}

/// How a job ended.
#[derive(Debug)]
pub enum Outcome {
    /// It is done.
    Finished {
        /// What it measured.
        records: Vec<Record>,
        /// Names of the files in `job_dir` that other jobs read; their hashes are recorded.
        outputs: Vec<String>,
    },
    /// It was told to stop and saved its progress.
    Interrupted,
}

/// Runs one job.
pub fn run(context: &WorkContext, spec: &JobSpec) -> Result<Outcome> {
    match &spec.work {
        Work::DataFacts { test_pairs, longest_pair } => facts::data_facts(context, spec, *test_pairs, *longest_pair),
        Work::Train(train) => training::train(context, spec, train),
        Work::Score(score) => scoring::score(context, spec, score),
        Work::Latency(latency) => latency::measure(context, spec, latency),
        Work::Predictor(predictor) => predictor::fit(context, spec, predictor),
        Work::Search(search) => searching::search(context, spec, search),
        Work::Retrain(retrain) => retraining::retrain(context, spec, retrain),
    }
}
