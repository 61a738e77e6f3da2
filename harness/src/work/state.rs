//! Where an unfinished training stands: the newest checkpoint, its hash, and the sums that go on after a resume.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use mos_baselines::checkpoint;
use mos_baselines::trainer::Trainer;
use serde::{Deserialize, Serialize};

use super::common::sha256_file;
use crate::files::write_atomic;

/// Name of the file that holds a [`TrainingState`].
const STATE_FILE: &str = "state.json";
/// Best weights so far.
pub const BEST_FILE: &str = "best.safetensors";

/// Written after each checkpoint, so that it always names a whole one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingState {
    /// Updates done.
    pub update: u64,
    /// File of the checkpoint, in the job's folder, and its SHA-256.
    pub checkpoint: String,
    /// See `checkpoint`.
    pub sha256: String,
    /// Learning curve so far.
    pub curve: Vec<CurvePoint>,
    /// Label-smoothed training loss since the last point, summed over tokens, and those tokens.
    pub window_loss: f64,
    /// See `window_loss`.
    pub window_tokens: i64,
    /// Target tokens trained on, each batch counted once.
    pub tokens_seen: i64,
    /// Model FLOPs of all updates.
    pub flops: f64,
    /// Seconds spent in updates.
    pub seconds: f64,
    /// Highest memory of all attempts, bytes.
    pub peak_memory: u64,
    /// Best validation loss and its update, where the best weights are kept.
    pub best: Option<Best>,
}

/// The best weights so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Updates done.
    pub update: u64,
    /// Validation loss.
    pub loss: f64,
    /// SHA-256 of [`BEST_FILE`].
    pub sha256: String,
}

/// One point of a learning curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// Updates done.
    pub update: u64,
    /// Label-smoothed training loss since the point before.
    pub train_loss: f64,
    /// Validation loss by subnet.
    pub valid: Vec<(String, f64)>,
}

impl TrainingState {
    /// Loads the newest checkpoint of `job_dir` into `trainer`; a fresh state where there is none.
    pub fn resume(job_dir: &Path, trainer: &mut Trainer) -> Result<TrainingState> {
        let path = job_dir.join(STATE_FILE);
        if !path.exists() {
            return Ok(TrainingState::default());
        }
        let mend = "delete the job's folder to train it afresh";
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let state: TrainingState =
            serde_json::from_slice(&text).with_context(|| format!("{} is damaged; {mend}", path.display()))?;
        check(&job_dir.join(&state.checkpoint), &state.sha256, mend)?;
        if let Some(best) = &state.best {
            check(&job_dir.join(BEST_FILE), &best.sha256, mend)?;
        }
        checkpoint::load(trainer, &job_dir.join(&state.checkpoint))?;
        Ok(state)
    }

    /// Saves a checkpoint of `trainer` and then the state that names it; removes the checkpoint before.
    pub fn save(&mut self, job_dir: &Path, trainer: &Trainer) -> Result<()> {
        let before = std::mem::replace(&mut self.checkpoint, format!("checkpoint-{}.safetensors", trainer.update));
        let path = job_dir.join(&self.checkpoint);
        checkpoint::save(trainer, &path)?;
        self.sha256 = sha256_file(&path)?;
        self.update = trainer.update;
        self.peak_memory = self.peak_memory.max(crate::machine::peak_memory_bytes());
        write_atomic(&job_dir.join(STATE_FILE), &serde_json::to_vec_pretty(self)?)?;
        if !before.is_empty() && before != self.checkpoint {
            // A checkpoint left behind by a kill between the two lines is swept when the job ends.
            let _ = std::fs::remove_file(job_dir.join(before));
        }
        Ok(())
    }
}

/// Removes what an unfinished training needs from the folder of a finished one, which keeps its final weights alone.
pub fn sweep(job_dir: &Path) -> Result<()> {
    for entry in std::fs::read_dir(job_dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if name == STATE_FILE || name == BEST_FILE || name.starts_with("checkpoint-") {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn check(path: &Path, sha256: &str, mend: &str) -> Result<()> {
    if sha256_file(path)? != sha256 {
        bail!("{} does not match its recorded hash; {mend}", path.display());
    }
    Ok(())
}
