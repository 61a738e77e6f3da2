//! What every job body needs: corpus, device, subset of pairs, record rows.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::Result;
use mos_baselines::model::{DeviceBatch, Positions, Subnet};
use mos_baselines::space::SearchSpace;
use mos_baselines::weights::SubnetWeights;
use mos_datasets::batch::{BatchOptions, build};
use mos_datasets::{Corpus, PairShard, Split};
use mos_reports::schema::Record;
use tch::{Device, Kind};

use super::{Progress, WorkContext};
use crate::spec::Context;

/// Tokens of an evaluation batch.
const EVALUATION_TOKENS: usize = 4096;

/// Opens the prepared corpus of a job and checks that it is the one that the job was planned on.
pub fn open_corpus(folder: &Path, context: &Context) -> Result<Arc<Corpus>> {
    let corpus = Corpus::open(folder, false)?;
    anyhow::ensure!(
        corpus.hash() == context.data_hash,
        "the prepared data in {} changed since this run was planned; give the run another name with --run",
        folder.display()
    );
    Ok(Arc::new(corpus))
}

/// The device that a job was planned for.
pub fn device(context: &Context) -> Device {
    if context.device == "cuda" { Device::Cuda(0) } else { Device::Cpu }
}

/// The first `most` pairs (0: all) of a split whose sides have at most `longest` tokens, in the split's order.
pub fn selected(shard: &PairShard, longest: usize, most: usize) -> Vec<u32> {
    let fits = |&i: &u32| shard.source(i as usize).len().max(shard.target(i as usize).len()) <= longest;
    let most = if most == 0 { usize::MAX } else { most };
    (0..shard.len() as u32).filter(fits).take(most).collect()
}

/// Evaluation batches of pairs of similar length that hold each selected pair once.
pub fn evaluation_batches(shard: &PairShard, longest: usize, device: Device) -> Vec<DeviceBatch> {
    let options = BatchOptions {
        max_tokens: EVALUATION_TOKENS.max(longest + 1),
        longest_pair: longest,
        row_multiple: 1,
        seed: 0,
    };
    let batches = mos_datasets::batch::sequential(shard, &options);
    batches.iter().map(|indices| DeviceBatch::new(&build(shard, indices), device)).collect()
}

/// Losses in nats per target token, end of sentence included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// Without smoothing.
    pub nll: f64,
    /// Label-smoothed.
    pub smoothed: f64,
}

/// Losses over all batches.
pub fn losses_per_token(
    space: &SearchSpace,
    weights: &SubnetWeights,
    positions: &Positions,
    batches: &[DeviceBatch],
    label_smoothing: f64,
) -> Losses {
    tch::no_grad(|| {
        let subnet = Subnet::new(space, weights);
        let zero = || tch::Tensor::zeros([], (Kind::Double, positions.device()));
        let (mut nll, mut smoothed, mut tokens) = (zero(), zero(), 0);
        for batch in batches {
            let states = subnet.states(space, &weights.arch, positions, batch, None);
            let result = mos_baselines::loss::head(&states, &subnet.output, &batch.target, label_smoothing, false);
            let _ = nll.g_add_(&result.nll);
            let _ = smoothed.g_add_(&result.loss);
            tokens += batch.target_tokens();
        }
        let mean = |sum: tch::Tensor| sum.double_value(&[]) / tokens as f64;
        Losses { nll: mean(nll), smoothed: mean(smoothed) }
    })
}

/// Loss without smoothing, in nats per target token (end of sentence included), over all batches.
pub fn loss_per_token(
    space: &SearchSpace,
    weights: &SubnetWeights,
    positions: &Positions,
    batches: &[DeviceBatch],
) -> f64 {
    losses_per_token(space, weights, positions, batches, 0.0).nll
}

/// A split by its name in specs and records.
pub fn split_named(name: &str) -> Result<Split> {
    match name {
        "train" => Ok(Split::Train),
        "valid" => Ok(Split::Valid),
        "test" => Ok(Split::Test),
        _ => anyhow::bail!("unknown split `{name}`; known: train, valid, test"),
    }
}

/// A record with everything but the measurement filled in.
pub fn row(context: &WorkContext, spec: &crate::spec::JobSpec, metric: &str, value: f64) -> Record {
    debug_assert!(mos_reports::schema::find_metric(metric).is_some(), "{metric} is not in the schema");
    Record {
        job_id: spec.id(),
        track: spec.context.track.clone(),
        dataset: spec.context.dataset.clone(),
        profile: spec.context.profile.clone(),
        method: String::new(),
        seed: 0,
        subnet: String::new(),
        split: String::new(),
        metric: metric.to_string(),
        step: 0,
        value,
        loaded: context.loaded,
    }
}

/// Whether the job was told to stop.
pub fn told_to_stop(context: &WorkContext) -> bool {
    context.stop.load(Ordering::Relaxed)
}

/// Reports progress a few times a second at most.
pub struct Ticker {
    last: Option<Instant>,
}

impl Ticker {
    /// How often a job speaks.
    const EVERY: Duration = Duration::from_millis(250);

    /// A ticker that speaks at its first call.
    pub fn new() -> Self {
        Ticker { last: None }
    }

    /// Sends progress if enough time has passed since the last.
    pub fn tick(&mut self, context: &WorkContext, done: u64, total: u64, note: impl FnOnce() -> String) {
        if done < total && self.last.is_some_and(|last| last.elapsed() < Self::EVERY) {
            return;
        }
        self.last = Some(Instant::now());
        (context.progress)(Progress { done, total, note: note() });
    }
}
