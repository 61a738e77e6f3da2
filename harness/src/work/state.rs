//! Where an unfinished training stands: the newest checkpoint, its hash, and the sums that go on after a resume.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use mos_baselines::checkpoint;
use mos_baselines::trainer::Trainer;
use mos_datasets::storage::sha256_file;
use serde::{Deserialize, Serialize};

use crate::files::write_atomic;

/// Name of the file that holds a [`TrainingState`].
const STATE_FILE: &str = "state.json";
/// Beginning of the names of files with the best weights so far; the update follows, so that a newer best never
/// overwrites the one that the saved state names.
const BEST: &str = "best-";
/// Beginning of the names of checkpoints; the update follows.
const CHECKPOINT: &str = "checkpoint-";

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
    /// What continued training was seen to reach.
    #[serde(default)]
    pub evaluations: Vec<Evaluation>,
    /// Parts of a micro-batch, for want of GPU memory (0: none were needed).
    #[serde(default)]
    pub micro_batch_parts: usize,
    /// Best validation loss and its update, where the best weights are kept.
    pub best: Option<Best>,
}

/// One evaluation of continued training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Updates done.
    pub update: u64,
    /// Validation loss or BLEU.
    pub value: f64,
    /// Target tokens trained on until then.
    pub tokens: i64,
    /// Seconds spent in updates until then.
    pub seconds: f64,
}

/// The best weights so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Updates done.
    pub update: u64,
    /// Validation loss.
    pub loss: f64,
    /// File of the weights, in the job's folder, and its SHA-256.
    pub file: String,
    /// See `file`.
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
            check(&job_dir.join(&best.file), &best.sha256, mend)?;
        }
        checkpoint::load(trainer, &job_dir.join(&state.checkpoint))?;
        Ok(state)
    }

    /// Writes the weights of `trainer` as the best so far. They count from the next [`TrainingState::save`] on.
    pub fn keep_best(&mut self, job_dir: &Path, trainer: &Trainer, loss: f64) -> Result<()> {
        let file = format!("{BEST}{}.safetensors", trainer.update);
        let path = job_dir.join(&file);
        checkpoint::save_weights(&trainer.weights.params, &[], &path)?;
        self.best = Some(Best { update: trainer.update, loss, sha256: sha256_file(&path)?, file });
        Ok(())
    }

    /// Saves a checkpoint of `trainer` and then the state that names it; removes what the state before named.
    ///
    /// # Errors
    /// A weight is not a finite number: the checkpoint before stays.
    pub fn save(&mut self, job_dir: &Path, trainer: &Trainer) -> Result<()> {
        trainer.check_weights()?;
        self.checkpoint = format!("{CHECKPOINT}{}.safetensors", trainer.update);
        let path = job_dir.join(&self.checkpoint);
        checkpoint::save(trainer, &path)?;
        self.sha256 = sha256_file(&path)?;
        self.update = trainer.update;
        self.peak_memory = self.peak_memory.max(crate::machine::peak_memory_bytes());
        write_atomic(&job_dir.join(STATE_FILE), &serde_json::to_vec_pretty(self)?)?;
        let best = self.best.as_ref().map(|best| best.file.as_str());
        remove(job_dir, |name| {
            let old_best = name.starts_with(BEST) && Some(name) != best;
            old_best || (name.starts_with(CHECKPOINT) && name != self.checkpoint)
        })
    }
}

/// Removes what an unfinished training needs from the folder of a finished one, which keeps its final weights alone.
pub fn sweep(job_dir: &Path) -> Result<()> {
    remove(job_dir, |name| {
        name == STATE_FILE
            || name == super::searching::STATE
            || name == super::scoring::PARTIAL
            || name.starts_with(BEST)
            || name.starts_with(CHECKPOINT)
    })
}

/// Removes the files of a folder whose names `unwanted` picks.
fn remove(job_dir: &Path, unwanted: impl Fn(&str) -> bool) -> Result<()> {
    for entry in std::fs::read_dir(job_dir)? {
        let path = entry?.path();
        if path.file_name().and_then(|n| n.to_str()).is_some_and(&unwanted) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use mos_baselines::adam::AdamConfig;
    use mos_baselines::method::{Method, MethodSettings};
    use mos_baselines::model::Dropout;
    use mos_baselines::schedule::{Decay, Schedule};
    use mos_baselines::space::SearchSpace;
    use mos_baselines::trainer::TrainerConfig;
    use mos_baselines::weights::WeightSource;
    use tch::Device;

    fn trainer() -> Trainer {
        let method = Method::find("hat").unwrap();
        let space = SearchSpace::find("scaled-smoke").unwrap();
        let weights = WeightSource::supernet(&space, 50, method.weights, &MethodSettings::default(), 1, Device::Cpu);
        let config = TrainerConfig {
            schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 1, updates: 9 },
            dropout: Dropout::default(),
            label_smoothing: 0.1,
            clip_norm: 1.0,
            adam: AdamConfig::default(),
            seed: 1,
        };
        Trainer::new(weights, Trainer::sampler_of(method, 1), config)
    }

    fn files(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_kill_after_a_new_best_leaves_the_one_that_the_saved_state_names() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, mut trainer) = (folder.path(), trainer());
        let mut state = TrainingState::resume(dir, &mut trainer).unwrap();
        trainer.update = 1;
        state.keep_best(dir, &trainer, 5.0).unwrap();
        state.save(dir, &trainer).unwrap();
        // A better one is written, and the process dies before the next checkpoint.
        trainer.update = 2;
        state.keep_best(dir, &trainer, 4.0).unwrap();
        let mut resumed = TrainingState::resume(dir, &mut trainer).unwrap();
        assert_eq!((resumed.update, resumed.best.as_ref().unwrap().loss), (1, 5.0));
        // It finds the better one again; then the first one goes.
        trainer.update = 2;
        resumed.keep_best(dir, &trainer, 4.0).unwrap();
        resumed.save(dir, &trainer).unwrap();
        assert_eq!(files(dir), ["best-2.safetensors", "checkpoint-2.safetensors", "state.json"]);
        sweep(dir).unwrap();
        assert!(files(dir).is_empty());
    }

    #[test]
    fn weights_that_are_not_numbers_never_replace_a_checkpoint() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, mut trainer) = (folder.path(), trainer());
        let mut state = TrainingState::default();
        trainer.update = 1;
        state.save(dir, &trainer).unwrap();
        let _ = trainer.weights.params.flat.narrow(0, 3, 1).fill_(f64::NAN);
        trainer.update = 2;
        let error = state.save(dir, &trainer).unwrap_err().to_string();
        assert!(error.contains("diverged at update 2"), "{error}");
        assert_eq!(TrainingState::resume(dir, &mut trainer).unwrap().update, 1);
        trainer.check_weights().unwrap();
    }

    #[test]
    fn an_altered_checkpoint_or_best_is_refused_by_name() {
        for (name, other) in [("checkpoint-1.safetensors", "best-1"), ("best-1.safetensors", "checkpoint-1")] {
            let folder = tempfile::tempdir().unwrap();
            let (dir, mut trainer) = (folder.path(), trainer());
            let mut state = TrainingState::default();
            trainer.update = 1;
            state.keep_best(dir, &trainer, 5.0).unwrap();
            state.save(dir, &trainer).unwrap();
            let mut bytes = std::fs::read(dir.join(name)).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(dir.join(name), bytes).unwrap();
            let error = TrainingState::resume(dir, &mut trainer).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("delete the job's folder"), "{error}");
            assert!(!error.contains(other), "{error}");
        }
    }
}
