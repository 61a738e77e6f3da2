//! Keeps where an unfinished training stands: the newest checkpoint, its hash, and the sums that go on after a resume.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use mos_base::files::sha256_file;
use mos_baselines::training::checkpoint;
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::Trainer;
use mos_observe::peak_device_memory;
use mos_plan::SubnetId;
use serde::{Deserialize, Serialize};
use tch::Device;

use super::sweep::{BEST, CHECKPOINT, TRAINING_STATE, remove};
use crate::system::files::write_atomic;
use crate::system::machine::peak_memory_bytes;

/// The state of a training. It is written after each checkpoint, so that it always names a whole one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingState {
    /// Updates done.
    pub update: u64,
    /// File of the checkpoint, in the job's folder.
    pub checkpoint: String,
    /// SHA-256 of the checkpoint.
    pub sha256: String,
    /// Learning curve so far.
    pub curve: Vec<CurvePoint>,
    /// Training loss since the last point, summed over the batches' weight.
    pub window_loss: f64,
    /// Weight of the batches in that sum.
    pub window_weight: i64,
    /// Target tokens trained on, each batch counted once.
    pub tokens_seen: i64,
    /// Model FLOPs of all updates.
    pub flops: f64,
    /// Seconds spent in updates.
    pub seconds: f64,
    /// Highest memory of all attempts, bytes.
    pub peak_memory: u64,
    /// Highest memory of a GPU of all attempts, bytes; none on a CPU.
    #[serde(default)]
    pub peak_device_memory: Option<u64>,
    /// What continued training was seen to reach.
    #[serde(default)]
    pub evaluations: Vec<Evaluation>,
    /// Parts of a micro-batch, for want of GPU memory (0: none were needed).
    #[serde(default)]
    pub micro_batch_parts: usize,
    /// Best training loss on validation and its update, where the best weights are kept.
    pub best: Option<Best>,
}

/// One evaluation of continued training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// The goal's metric on test, where the goal was reached. It decides nothing.
    #[serde(default)]
    pub test: Option<f64>,
}

/// The best weights so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Updates done.
    pub update: u64,
    /// Training loss (label-smoothed) on validation.
    pub loss: f64,
    /// File of the weights, in the job's folder.
    pub file: String,
    /// SHA-256 of that file.
    pub sha256: String,
}

/// One point of a learning curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// Updates done.
    pub update: u64,
    /// Training loss since the point before.
    pub train_loss: f64,
    /// Validation loss by subnet.
    pub valid: Vec<(SubnetId, f64)>,
}

impl TrainingState {
    /// Loads the newest checkpoint of `job_dir` into `trainer`; returns a fresh state where there is none.
    pub fn resume<T: Task>(job_dir: &Path, trainer: &mut Trainer<T>) -> Result<TrainingState> {
        let path = job_dir.join(TRAINING_STATE);
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
    pub fn keep_best<T: Task>(&mut self, job_dir: &Path, trainer: &Trainer<T>, loss: f64) -> Result<()> {
        let file = format!("{BEST}{}.safetensors", trainer.update);
        let path = job_dir.join(&file);
        checkpoint::save_weights(&trainer.weights.params, &[], &path)?;
        self.best = Some(Best { update: trainer.update, loss, sha256: sha256_file(&path)?, file });
        Ok(())
    }

    /// Takes note of the highest memory so far.
    pub fn note_memory(&mut self, device: Device) {
        self.peak_memory = self.peak_memory.max(peak_memory_bytes());
        self.peak_device_memory = self.peak_device_memory.max(peak_device_memory(device));
    }

    /// Saves a checkpoint of `trainer` and then the state that names it; removes what the state before named.
    ///
    /// # Errors
    /// Fails if a weight is not a finite number; the checkpoint before stays.
    pub fn save<T: Task>(&mut self, job_dir: &Path, trainer: &Trainer<T>) -> Result<()> {
        trainer.check_weights()?;
        self.checkpoint = format!("{CHECKPOINT}{}.safetensors", trainer.update);
        let path = job_dir.join(&self.checkpoint);
        checkpoint::save(trainer, &path)?;
        self.sha256 = sha256_file(&path)?;
        self.update = trainer.update;
        self.note_memory(trainer.device());
        write_atomic(&job_dir.join(TRAINING_STATE), &serde_json::to_vec_pretty(self)?)?;
        let best = self.best.as_ref().map(|best| best.file.as_str());
        remove(job_dir, |name| {
            let old_best = name.starts_with(BEST) && Some(name) != best;
            old_best || (name.starts_with(CHECKPOINT) && name != self.checkpoint)
        })
    }
}

fn check(path: &Path, sha256: &str, mend: &str) -> Result<()> {
    if sha256_file(path)? != sha256 {
        bail!("{} does not match its recorded hash; {mend}", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sweep::sweep;
    use super::*;
    use mos_baselines::supernet::weights::WeightSource;
    use mos_baselines::training::adam::AdamConfig;
    use mos_baselines::training::trainer::TrainerConfig;
    use mos_baselines::translation::task::Translation;
    use mos_spaces::SearchSpace;
    use mos_spaces::catalog::layout_of;
    use mos_spaces::method::{self, MethodSettings};
    use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
    use mos_spaces::schedule::{Decay, Schedule};
    use tch::Kind;

    fn trainer() -> Trainer<Translation> {
        let method = method::baselines()[0];
        let layout = layout_of(&SearchSpace::find("scaled-smoke").unwrap(), 50).into();
        let weights = WeightSource::supernet(layout, method.weights, &MethodSettings::default(), 1, Device::Cpu);
        let task = Translation::new(weights.layout.clone(), None, 0.1, Kind::Float, Device::Cpu);
        let config = TrainerConfig {
            schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 1, updates: 9 },
            clip_norm: 1.0,
            subnet_losses: SubnetLosses::Mean,
            adam: AdamConfig::default(),
            seed: 1,
        };
        Trainer::new(task, weights, SubnetSampler::over_space(method.sampler, 1), config)
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
