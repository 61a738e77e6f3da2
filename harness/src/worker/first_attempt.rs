//! Keeps what is left of a training's first attempt when it failed: its rate, which the report names, and what it cost.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::sweep::{FIRST_ATTEMPT, forget_training};
use crate::system::files::write_atomic;

/// A first attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstAttempt {
    /// Its peak learning rate.
    pub peak_lr: f64,
    /// Seconds of its updates.
    pub seconds: f64,
    /// Model FLOPs of its updates.
    pub flops: f64,
}

impl FirstAttempt {
    /// Reads the file from a job's folder; none where there is no such file, because the first attempt still runs.
    ///
    /// # Errors
    /// Fails if the file is damaged.
    pub fn read(job_dir: &Path) -> Result<Option<FirstAttempt>> {
        let path = job_dir.join(FIRST_ATTEMPT);
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        let attempt = serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; delete the job's folder to train it afresh", path.display()))?;
        Ok(Some(attempt))
    }

    /// Forgets the attempt's state and checkpoints, then writes the file. A kill in between repeats the first attempt.
    ///
    /// # Errors
    /// Fails if a file cannot be removed or written.
    pub fn close(self, job_dir: &Path) -> Result<()> {
        forget_training(job_dir)?;
        write_atomic(&job_dir.join(FIRST_ATTEMPT), &serde_json::to_vec(&self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_attempt_leaves_its_rate_and_nothing_to_resume() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        assert_eq!(FirstAttempt::read(dir).unwrap(), None);
        for name in ["state.json", "checkpoint-20.safetensors", "best-20.safetensors", "log.txt"] {
            std::fs::write(dir.join(name), "x").unwrap();
        }
        let first = FirstAttempt { peak_lr: 0.01, seconds: 2.0, flops: 3.0 };
        first.close(dir).unwrap();
        assert_eq!(FirstAttempt::read(dir).unwrap(), Some(first));
        let mut left: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["first-attempt.json", "log.txt"]);
    }
}
