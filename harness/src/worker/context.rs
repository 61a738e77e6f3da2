//! Tells a job where it works and what it reads, and carries its messages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use mos_plan::spec::inputs::{CorpusRole, Role};
use mos_plan::spec::job::{Context, JobSpec};
use mos_plan::{Metric, Record, Subject};
use serde::{Deserialize, Serialize};
use tch::Device;

/// The surroundings of a job.
pub struct JobContext {
    /// The job's own folder: checkpoints, logs, outputs.
    pub job_dir: PathBuf,
    /// Folders of the jobs that it reads, by role.
    pub inputs: BTreeMap<Role, Vec<PathBuf>>,
    /// Folders of the prepared corpora.
    pub corpora: BTreeMap<CorpusRole, PathBuf>,
    /// Whether other workers run beside this one.
    pub loaded: bool,
    /// Matrix-product rate of this machine on the job's threads, GFLOP/s.
    pub matmul_gflops: f64,
    /// Minutes between checkpoints; they are no part of the spec, since they decide nothing.
    pub checkpoint_minutes: f64,
    /// Set when the job is to save its progress and return [`Outcome::Interrupted`].
    pub stop: Arc<AtomicBool>,
    /// Tells how far the job is.
    pub progress: Box<dyn Fn(Progress)>,
}

/// How far a job is; a worker prints it as a JSON line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Number of steps done.
    pub done: u64,
    /// Number of steps in all.
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
    /// Its training diverged: there are no weights, and that is its result.
    Diverged {
        /// What it measured until then.
        records: Vec<Record>,
    },
    /// It was told to stop and saved its progress.
    Interrupted,
}

impl JobContext {
    /// Returns the folders of the jobs that are read in this role, in the plan's order.
    pub fn inputs(&self, role: Role) -> &[PathBuf] {
        self.inputs.get(&role).map_or(&[], Vec::as_slice)
    }

    /// Returns the folder of the one job that is read in this role.
    ///
    /// # Errors
    /// Fails if the job reads none, or several.
    pub fn input(&self, role: Role) -> Result<&Path> {
        match self.inputs(role) {
            [only] => Ok(only),
            several => anyhow::bail!("the job reads {} jobs as `{}`, not one", several.len(), role.name()),
        }
    }

    /// Returns the folder of a corpus.
    ///
    /// # Errors
    /// Fails if the job was not given it.
    pub fn corpus(&self, role: CorpusRole) -> Result<&Path> {
        let folder = self.corpora.get(&role).map(PathBuf::as_path);
        folder.with_context(|| format!("the job was not given the folder of its `{}`", role.name()))
    }

    /// Says whether the job was told to stop.
    pub fn told_to_stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Makes a record of a whole job, with everything but the measurement filled in.
    pub fn row(&self, job: &JobSpec, metric: Metric, value: f64) -> Record {
        Record {
            job_id: job.id(),
            track: job.context.track,
            dataset: job.context.dataset.clone(),
            profile: job.context.profile.clone(),
            method: String::new(),
            seed: 0,
            subject: Subject::Whole,
            split: None,
            metric,
            step: 0,
            value,
            loaded: self.loaded,
        }
    }
}

/// Returns the device that a job was planned for.
pub fn device(context: &Context) -> Device {
    if context.device == "cuda" { Device::Cuda(0) } else { Device::Cpu }
}

/// Sends progress a few times a second at most.
pub struct Ticker {
    last: Option<Instant>,
}

impl Ticker {
    /// Least time between two messages of a job.
    const EVERY: Duration = Duration::from_millis(250);

    /// Makes a ticker that speaks at its first call.
    pub fn new() -> Self {
        Ticker { last: None }
    }

    /// Sends progress if enough time has passed since the last.
    pub fn tick(&mut self, context: &JobContext, done: u64, total: u64, note: impl FnOnce() -> String) {
        if done < total && self.last.is_some_and(|last| last.elapsed() < Self::EVERY) {
            return;
        }
        self.last = Some(Instant::now());
        (context.progress)(Progress { done, total, note: note() });
    }
}
