//! The training job: one supernet, or one subnet from scratch.

use std::time::Instant;

use anyhow::Result;
use mos_baselines::adam::AdamConfig;
use mos_baselines::checkpoint;
use mos_baselines::method::Method;
use mos_baselines::model::{DeviceBatch, Dropout, Positions};
use mos_baselines::sampler::SubnetSampler;
use mos_baselines::schedule::Schedule;
use mos_baselines::space::{Arch, SearchSpace};
use mos_baselines::trainer::{Trainer, TrainerConfig, UpdateStats};
use mos_baselines::weights::{ScratchInit, WeightSource};
use mos_datasets::batch::{Batch, BatchOptions, Stream};
use mos_datasets::{Corpus, Split};
use mos_reports::schema::Record;
use tch::Device;

use super::common::{Ticker, device, evaluation_batches, loss_per_token, open_corpus, row, told_to_stop};
use super::splitting::Splitter;
use super::state::{CurvePoint, TrainingState};
use super::{Outcome, WorkContext};
use crate::spec::{JobSpec, TrainSpec};

/// Final weights of a finished training.
pub const WEIGHTS_FILE: &str = "weights.safetensors";
/// fairseq's multiple of rows in a batch, for the sake of a GPU's products; on a CPU it would leave a fifth of a
/// small batch's token budget unused.
const CUDA_ROW_MULTIPLE: usize = 8;
/// Threads that build batches ahead.
const LOADER_THREADS: usize = 1;
/// Updates between two looks at the loss on a GPU, where each look waits for the device.
const CUDA_LOOK_EVERY: u64 = 50;

/// The master weights of a training job before its first update.
pub fn initial_weights(spec: &TrainSpec, vocab: i64, device: Device) -> Result<WeightSource> {
    let space = SearchSpace::find(spec.space.as_str())?;
    let method = Method::find(&spec.method)?;
    Ok(match &spec.subnet {
        Some(subnet) => {
            let init = if spec.own_size_init { ScratchInit::OwnSize } else { ScratchInit::SupernetSlice };
            WeightSource::dense(&space, &subnet.arch, vocab, init, spec.seed, device)
        }
        None => WeightSource::supernet(&space, vocab, method.weights, &spec.settings, spec.seed, device),
    })
}

/// The sampler of a training: one subnet, or what the method draws.
fn sampler(spec: &TrainSpec) -> Result<SubnetSampler> {
    Ok(match &spec.subnet {
        Some(subnet) => SubnetSampler::fixed(subnet.arch.clone()),
        None => Trainer::sampler_of(Method::find(&spec.method)?, spec.seed),
    })
}

fn trainer(spec: &TrainSpec, weights: WeightSource) -> Result<Trainer> {
    let config = TrainerConfig {
        schedule: Schedule { decay: spec.decay, peak: spec.peak_lr, warmup: spec.warmup, updates: spec.updates },
        dropout: Dropout { residual: spec.dropout, attention: spec.attention_dropout },
        label_smoothing: spec.label_smoothing,
        clip_norm: spec.clip_norm,
        adam: AdamConfig::default(),
        seed: spec.seed,
    };
    Ok(Trainer::new(weights, sampler(spec)?, config))
}

/// The subnets whose validation loss makes the learning curve; the last one decides which weights are best: a
/// supernet's smallest, as published.
fn watched(spec: &TrainSpec, space: &SearchSpace) -> Vec<(String, Arch)> {
    match &spec.subnet {
        Some(subnet) => vec![(subnet.name.clone(), subnet.arch.clone())],
        None => vec![("largest".into(), space.largest()), ("smallest".into(), space.smallest())],
    }
}

/// A training in progress.
pub(super) struct Session<'a> {
    pub(super) context: &'a WorkContext,
    pub(super) spec: &'a TrainSpec,
    pub(super) trainer: Trainer,
    pub(super) state: TrainingState,
    pub(super) positions: Positions,
    watched: Vec<(String, Arch)>,
    valid: Vec<DeviceBatch>,
    splitter: Splitter,
}

/// When a training ends before its last update, and where its batches begin.
pub(super) struct Course<'a> {
    /// Updates whose batches came before the first one.
    pub(super) batches_seen: u64,
    /// Validate before the first update, too.
    pub(super) validate_at_start: bool,
    /// Looks at the training after each validation; true ends it.
    pub(super) enough: &'a mut dyn FnMut(&mut Session) -> Result<bool>,
}

/// Runs the job from where it stands.
pub fn train(context: &WorkContext, job: &JobSpec, spec: &TrainSpec) -> Result<Outcome> {
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let weights = initial_weights(spec, corpus.embedding_rows() as i64, device(&job.context))?;
    let mut session = Session::start(context, spec, &corpus, weights)?;
    let course = Course { batches_seen: 0, validate_at_start: false, enough: &mut |_| Ok(false) };
    if !session.run(&corpus, course)? {
        return Ok(Outcome::Interrupted);
    }
    session.finish()?;
    let records = session.records(job, &corpus)?;
    Ok(Outcome::Finished { records, outputs: vec![WEIGHTS_FILE.to_string()] })
}

impl<'a> Session<'a> {
    /// A training of these weights, or what is left of it.
    pub(super) fn start(
        context: &'a WorkContext,
        spec: &'a TrainSpec,
        corpus: &Corpus,
        weights: WeightSource,
    ) -> Result<Session<'a>> {
        let mut trainer = trainer(spec, weights)?;
        let state = TrainingState::resume(&context.job_dir, &mut trainer)?;
        let space = &trainer.weights.space;
        let positions = Positions::new(space, trainer.weights.compute_kind(), trainer.device());
        let valid = evaluation_batches(corpus.split(Split::Valid), spec.longest_pair, trainer.device());
        let watched = watched(spec, space);
        let splitter = Splitter::resume(state.micro_batch_parts);
        Ok(Session { context, spec, trainer, state, watched, valid, positions, splitter })
    }

    /// Updates until the end; false when told to stop before.
    pub(super) fn run(&mut self, corpus: &std::sync::Arc<Corpus>, course: Course) -> Result<bool> {
        let spec = self.spec;
        let options = BatchOptions {
            max_tokens: spec.batch_tokens,
            longest_pair: spec.longest_pair,
            row_multiple: if self.trainer.device().is_cuda() { CUDA_ROW_MULTIPLE } else { 1 },
            seed: spec.seed,
        };
        let start = (course.batches_seen + self.trainer.update) * spec.micro_batches as u64;
        let mut stream = Stream::new(corpus.clone(), Split::Train, options, start, LOADER_THREADS)?;
        let mut ticker = Ticker::new();
        let mut saved = Instant::now();
        if course.validate_at_start && self.state.curve.is_empty() {
            self.validate()?;
            if (course.enough)(self)? {
                return Ok(true);
            }
        }
        while self.trainer.update < spec.updates {
            if told_to_stop(self.context) {
                self.state.save(&self.context.job_dir, &self.trainer)?;
                return Ok(false);
            }
            let clock = Instant::now();
            let micro_batches: Vec<Batch> = stream.by_ref().take(spec.micro_batches).collect();
            let stats = self.splitter.update(&mut self.trainer, corpus.split(Split::Train), &micro_batches)?;
            let cut_further = self.state.micro_batch_parts.max(1) < self.splitter.parts();
            self.state.micro_batch_parts = self.splitter.parts();
            self.account(&stats, &micro_batches)?;
            self.state.seconds += clock.elapsed().as_secs_f64();
            let done = self.trainer.update;
            if done.is_multiple_of(spec.validate_every) || done == spec.updates {
                self.validate()?;
                if (course.enough)(self)? {
                    return Ok(true);
                }
            }
            let is_due = saved.elapsed().as_secs_f64() > 60.0 * self.context.checkpoint_minutes;
            // What memory does not hold is not to be found out again.
            if (is_due || cut_further) && done < spec.updates {
                self.state.save(&self.context.job_dir, &self.trainer)?;
                saved = Instant::now();
            }
            ticker.tick(self.context, done, spec.updates, || self.note());
        }
        Ok(true)
    }

    /// For the progress line.
    fn note(&self) -> String {
        let loss = self.state.curve.last().map(|point| format!("valid loss {:.3}", point.valid[0].1));
        let cut = match self.splitter.parts() {
            1 => None,
            parts => Some(format!("GPU memory is short: micro-batches in {parts} parts")),
        };
        loss.into_iter().chain(cut).collect::<Vec<_>>().join(", ")
    }

    /// Adds an update to the sums. On a GPU the loss is fetched, and found to be a number, now and then only.
    fn account(&mut self, stats: &UpdateStats, batches: &[Batch]) -> Result<()> {
        let state = &mut self.state;
        state.flops += stats.flops;
        state.tokens_seen += batches.iter().flat_map(|b| &b.target_lengths).sum::<i64>();
        let look = self.trainer.device() == Device::Cpu || self.trainer.update.is_multiple_of(CUDA_LOOK_EVERY);
        if look {
            // The weights are summed at checkpoints only; the loss of every update is looked at on a CPU.
            state.window_loss += self.trainer.check_loss(stats)? * stats.tokens as f64;
            state.window_tokens += stats.tokens;
        }
        Ok(())
    }

    /// A point of the learning curve, and the best weights where they are kept.
    fn validate(&mut self) -> Result<()> {
        let source = &self.trainer.weights;
        let loss = |arch: &Arch| {
            let weights = tch::no_grad(|| source.materialise(arch, false));
            loss_per_token(&source.space, &weights, &self.positions, &self.valid)
        };
        let valid: Vec<(String, f64)> = self.watched.iter().map(|(name, arch)| (name.clone(), loss(arch))).collect();
        let update = self.trainer.update;
        let deciding = valid.last().expect("at least one subnet is watched").1;
        // A loss twice that of guessing is divergence, too; NaN compares as false.
        let bearable = deciding <= 2.0 * (source.vocab() as f64).ln();
        if !bearable {
            return Err(mos_baselines::Error::Diverged { update, what: "the validation loss", value: deciding }.into());
        }
        if self.spec.keep_best && self.state.best.as_ref().is_none_or(|best| deciding < best.loss) {
            self.state.keep_best(&self.context.job_dir, &self.trainer, deciding)?;
        }
        let train_loss = self.state.window_loss / self.state.window_tokens.max(1) as f64;
        self.state.curve.push(CurvePoint { update, train_loss, valid });
        (self.state.window_loss, self.state.window_tokens) = (0.0, 0);
        Ok(())
    }

    /// Writes the final weights. The last checkpoint stays until the job is recorded as finished ([`super::sweep`]): a
    /// kill in between costs nothing.
    fn finish(&mut self) -> Result<()> {
        let dir = &self.context.job_dir;
        if self.state.update < self.spec.updates {
            self.state.save(dir, &self.trainer)?;
        }
        if let Some(best) = &self.state.best {
            return crate::files::copy_atomic(&dir.join(&best.file), &dir.join(WEIGHTS_FILE));
        }
        Ok(checkpoint::save_weights(&self.trainer.weights.params, &[], &dir.join(WEIGHTS_FILE))?)
    }

    fn records(&self, job: &JobSpec, corpus: &Corpus) -> Result<Vec<Record>> {
        let (spec, state) = (self.spec, &self.state);
        let method = Method::find(&spec.method)?;
        let own = spec.subnet.as_ref().map_or(String::new(), |s| s.name.clone());
        let base = |metric: &str, value: f64| Record {
            method: method.name.to_string(),
            seed: spec.seed as i64,
            subnet: own.clone(),
            step: spec.updates as i64,
            ..row(self.context, job, metric, value)
        };
        let pairs = super::common::selected(corpus.split(Split::Train), spec.longest_pair, 0);
        let shard = corpus.split(Split::Train);
        let epoch_tokens: usize = pairs.iter().map(|&i| shard.target(i as usize).len() + 1).sum();
        let passes = method.passes() as f64;
        let mut records = vec![
            base("supernet_params", self.trainer.weights.params.numel() as f64),
            base("peak_lr", spec.peak_lr),
            base("updates", spec.updates as f64),
            base("epochs", state.tokens_seen as f64 / epoch_tokens as f64),
            base("tokens_seen", state.tokens_seen as f64),
            base("subnet_passes", passes),
            base("train_flops", state.flops),
            base("train_seconds", state.seconds),
            base("tokens_per_second", state.tokens_seen as f64 / state.seconds),
            base("utilisation", state.flops / state.seconds / (self.context.matmul_gflops * 1e9)),
            base("micro_batch_parts", self.splitter.parts() as f64),
        ];
        // The process's memory; that of a GPU is another matter.
        if self.trainer.device() == Device::Cpu {
            records.push(base("peak_memory", state.peak_memory as f64));
        }
        for point in &state.curve {
            let at = |record: Record| Record { step: point.update as i64, ..record };
            records.push(at(Record { split: "train".into(), ..base("train_loss", point.train_loss) }));
            for (subnet, loss) in &point.valid {
                let valid = Record { split: "valid".into(), subnet: subnet.clone(), ..base("loss", *loss) };
                records.push(at(valid));
            }
        }
        Ok(records)
    }
}
