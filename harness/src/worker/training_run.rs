//! Runs a training of any track: updates, validation, checkpoints.

use std::time::Instant;

use anyhow::Result;
use mos_base::Split;
use mos_baselines::Error;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::task::Losses;
use mos_baselines::training::trainer::{Trainer, TrainerConfig, UpdateStats};
use mos_plan::spec::training::{KeptBy, TrainSpec};
use mos_plan::{SubnetId, SubnetKind};
use mos_spaces::sampler::SubnetSampler;
use mos_spaces::schedule::Schedule;
use mos_spaces::{Arch, Method, SearchSpace};
use tch::{Device, Kind, Tensor};

use super::context::{JobContext, Ticker};
use super::evaluation::EvaluationSet;
use super::splitting::Splitter;
use super::task_data::TaskData;
use super::training_state::{CurvePoint, TrainingState};

/// Number of updates between two looks at the loss on a GPU, where each look waits for the device.
const CUDA_LOOK_EVERY: u64 = 50;

/// A training in progress.
pub struct TrainingRun<'a, T: TaskData> {
    /// The job's surroundings.
    pub context: &'a JobContext,
    /// What is trained, and how.
    pub spec: &'a TrainSpec,
    /// The data of its task.
    pub track: &'a T,
    /// The network and its optimiser.
    pub trainer: Trainer<T::Task>,
    /// How far it is.
    pub state: TrainingState,
    /// The subnets whose validation loss makes the learning curve, the largest of a supernet first.
    watched: Vec<(SubnetId, Arch)>,
    valid: EvaluationSet<'a, T>,
    splitter: Splitter,
    /// On a GPU: the training loss since the state last took it, summed on the device, where nobody waits for it.
    unread_loss: Tensor,
}

/// When a training ends before its last update, and where its batches begin.
pub struct Course<'c, 'a, T: TaskData> {
    /// Updates whose batches came before the first one.
    pub batches_seen: u64,
    /// Whether to validate before the first update, too.
    pub validate_at_start: bool,
    /// Looks at the training after each validation; true ends it.
    pub enough: &'c mut dyn FnMut(&mut TrainingRun<'a, T>) -> Result<bool>,
}

/// Makes the sampler of a training: one subnet, or what the method draws.
fn sampler(spec: &TrainSpec) -> Result<SubnetSampler> {
    Ok(match &spec.subnet {
        Some(subnet) => SubnetSampler::fixed(subnet.arch.clone()),
        None => SubnetSampler::over_space(Method::find(&spec.method)?.sampler, spec.seed),
    })
}

fn config(spec: &TrainSpec) -> TrainerConfig {
    let o = &spec.optimisation;
    TrainerConfig {
        schedule: Schedule { decay: o.decay, peak: o.peak_lr, warmup: o.warmup, updates: o.updates },
        clip_norm: o.clip_norm,
        subnet_losses: o.subnet_losses,
        adam: AdamConfig {
            weight_decay: o.weight_decay,
            eps: o.adam_epsilon,
            beta2: o.adam_beta2,
            ..AdamConfig::default()
        },
        seed: spec.seed,
    }
}

/// Lists the subnets whose validation loss makes the learning curve: the one that is trained, or a supernet's largest and
/// smallest.
fn watched(spec: &TrainSpec, space: &SearchSpace) -> Vec<(SubnetId, Arch)> {
    let end = |kind: SubnetKind, arch| (SubnetId { kind, name: kind.name().to_string() }, arch);
    match &spec.subnet {
        Some(subnet) => vec![(subnet.id.clone(), subnet.arch.clone())],
        None => vec![end(SubnetKind::Largest, space.largest()), end(SubnetKind::Smallest, space.smallest())],
    }
}

impl<'a, T: TaskData> TrainingRun<'a, T> {
    /// Starts a training of these weights, or resumes it.
    pub fn start(
        context: &'a JobContext,
        spec: &'a TrainSpec,
        track: &'a T,
        weights: WeightSource,
    ) -> Result<TrainingRun<'a, T>> {
        let watched = watched(spec, weights.space());
        let mut trainer = Trainer::new(track.task(&spec.task, &weights), weights, sampler(spec)?, config(spec));
        let state = TrainingState::resume(&context.job_dir, &mut trainer)?;
        let valid = EvaluationSet::new(|parts| track.validation_batches(&spec.task, Split::Valid, parts));
        let splitter = Splitter::resume(state.micro_batch_parts);
        let unread_loss = Tensor::zeros([], (Kind::Double, trainer.device()));
        Ok(TrainingRun { context, spec, track, trainer, state, watched, valid, splitter, unread_loss })
    }

    /// Returns the parts into which micro-batches are cut for want of GPU memory; 1 where they are whole.
    pub fn micro_batch_parts(&self) -> usize {
        self.splitter.parts()
    }

    /// Lets the task choose what is trained next; returns false when told to stop, the training saved.
    fn steer(&mut self) -> Result<bool> {
        if self.track.steer(self.context, self.spec, &mut self.trainer)? {
            return Ok(true);
        }
        self.read_loss();
        self.state.save(&self.context.job_dir, &self.trainer)?;
        Ok(false)
    }

    /// Makes updates until the end; returns false when told to stop before.
    pub fn run(&mut self, course: Course<'_, 'a, T>) -> Result<bool> {
        let spec = self.spec;
        let start = (course.batches_seen + self.trainer.update) * spec.micro_batches as u64;
        let mut stream = self.track.micro_batches(spec, start)?;
        let mut ticker = Ticker::new();
        let mut saved = Instant::now();
        if course.validate_at_start && self.state.curve.is_empty() {
            self.validate()?;
            if (course.enough)(self)? {
                return Ok(true);
            }
        }
        if !self.steer()? {
            return Ok(false);
        }
        let updates = spec.optimisation.updates;
        while self.trainer.update < updates {
            if self.context.told_to_stop() {
                self.read_loss();
                self.state.save(&self.context.job_dir, &self.trainer)?;
                return Ok(false);
            }
            let clock = Instant::now();
            let micro_batches: Vec<T::MicroBatch> = stream.by_ref().take(spec.micro_batches).collect();
            let stats = self.splitter.update(&mut self.trainer, self.track, &micro_batches)?;
            let cut_further = self.state.micro_batch_parts.max(1) < self.splitter.parts();
            self.state.micro_batch_parts = self.splitter.parts();
            self.account(&stats, &micro_batches)?;
            self.state.seconds += clock.elapsed().as_secs_f64();
            let done = self.trainer.update;
            if done.is_multiple_of(spec.validate_every) || done == updates {
                self.validate()?;
                if !self.steer()? {
                    return Ok(false);
                }
                if (course.enough)(self)? {
                    return Ok(true);
                }
            }
            let is_due = saved.elapsed().as_secs_f64() > 60.0 * self.context.checkpoint_minutes;
            // The training is saved at once when micro-batches were cut further, so that a resume need not find that
            // out again.
            if (is_due || cut_further) && done < updates {
                self.read_loss();
                self.state.save(&self.context.job_dir, &self.trainer)?;
                saved = Instant::now();
            }
            ticker.tick(self.context, done, updates, || self.note());
        }
        Ok(true)
    }

    /// Writes what the progress line says.
    fn note(&self) -> String {
        let loss = self.state.curve.last().map(|point| format!("valid loss {:.3}", point.valid[0].1));
        let cut = match self.splitter.parts() {
            1 => None,
            parts => Some(format!("GPU memory is short: micro-batches in {parts} parts")),
        };
        loss.into_iter().chain(cut).collect::<Vec<_>>().join(", ")
    }

    /// Lets the state take what a GPU has summed of the training loss; it waits for the device.
    fn read_loss(&mut self) {
        if self.trainer.device() != Device::Cpu {
            self.state.window_loss += self.unread_loss.double_value(&[]);
            let _ = self.unread_loss.zero_();
        }
    }

    /// Adds an update to the sums. On a GPU the loss is checked to be a number only now and then.
    fn account(&mut self, stats: &UpdateStats, batches: &[T::MicroBatch]) -> Result<()> {
        let state = &mut self.state;
        state.flops += stats.flops;
        state.tokens_seen += batches.iter().map(T::predictions).sum::<i64>();
        state.window_weight += stats.weight;
        if self.trainer.device() == Device::Cpu {
            // The weights are summed at checkpoints only; the loss of every update is looked at.
            state.window_loss += self.trainer.check_loss(stats)? * stats.weight as f64;
            return Ok(());
        }
        let _ = self.unread_loss.g_add_(&stats.loss);
        if self.trainer.update.is_multiple_of(CUDA_LOOK_EVERY) {
            self.trainer.check_loss(stats)?;
        }
        Ok(())
    }

    /// Measures a point of the learning curve, and keeps the best weights where they are asked for.
    fn validate(&mut self) -> Result<()> {
        self.read_loss();
        let TrainingRun { trainer, watched, valid, .. } = self;
        let (source, update) = (&trainer.weights, trainer.update);
        let mut losses = |arch: &Arch| valid.losses(&trainer.task, &source.materialise(arch));
        let measured = watched.iter().map(|(_, arch)| losses(arch)).collect::<Result<Vec<Losses>>>()?;
        // A cross-entropy twice that of guessing is divergence, too; NaN compares as false.
        let most = if self.spec.task.is_cross_entropy() { 2.0 * (source.layout.vocab() as f64).ln() } else { f64::MAX };
        let bearable = |losses: &&Losses| losses.nll <= most;
        if let Some(worst) = measured.iter().find(|losses| !bearable(losses)) {
            return Err(Error::Diverged { update, what: "the validation loss", value: worst.nll }.into());
        }
        let deciding = match self.spec.keep_best {
            Some(KeptBy::Largest) => measured.first(),
            Some(KeptBy::Smallest) | None => measured.last(),
        };
        let deciding = deciding.expect("at least one subnet is watched").objective;
        let valid: Vec<(SubnetId, f64)> =
            self.watched.iter().zip(&measured).map(|((id, _), losses)| (id.clone(), losses.nll)).collect();
        if self.spec.keep_best.is_some() && self.state.best.as_ref().is_none_or(|best| deciding < best.loss) {
            self.state.keep_best(&self.context.job_dir, &self.trainer, deciding)?;
        }
        let train_loss = self.state.window_loss / self.state.window_weight.max(1) as f64;
        self.state.curve.push(CurvePoint { update, train_loss, valid });
        (self.state.window_loss, self.state.window_weight) = (0.0, 0);
        Ok(())
    }
}

/// Returns the update at which a training diverged, where that is what an error says.
pub fn diverged_at(error: &anyhow::Error) -> Option<u64> {
    error.chain().find_map(|cause| match cause.downcast_ref::<Error>() {
        Some(Error::Diverged { update, .. }) => Some(*update),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_is_recognised_through_context() {
        let error = Error::Diverged { update: 3, what: "loss", value: f64::NAN };
        let error = anyhow::Error::from(error).context("training hat");
        assert_eq!(diverged_at(&error), Some(3));
        assert_eq!(diverged_at(&anyhow::anyhow!("no such file")), None);
    }
}
