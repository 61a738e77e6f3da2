//! Experiment -> the specs of its jobs.

use anyhow::Result;
use mos_baselines::schedule::Decay;
use mos_baselines::space::SpaceName;

use crate::experiment::Experiment;
use crate::profile::ScratchInit;
use crate::spec::{LatencySpec, LatencySubjects, NamedArch, ScoreSpec, TrainSpec, Work};

/// Measuring latency by the profile's protocol.
pub(super) fn latency_of(experiment: &Experiment, subjects: LatencySubjects) -> Result<Work> {
    let latency = &experiment.profile.study.latency;
    Ok(Work::Latency(LatencySpec {
        space: SpaceName::try_from(experiment.profile.space.clone())?,
        subjects,
        protocol: latency.protocol.clone(),
        max_spread: latency.max_spread,
    }))
}

/// The training of a supernet.
pub(super) fn supernet(experiment: &Experiment, method: &str, seed: u64, peak_lr: f64) -> Result<TrainSpec> {
    let warmup = experiment.profile.supernet_warmup();
    Ok(TrainSpec { method: method.to_string(), warmup, peak_lr, ..base(experiment, seed)? })
}

/// The training of a subnet alone.
pub(super) fn from_scratch(experiment: &Experiment, subnet: &NamedArch, seed: u64, peak_lr: f64) -> Result<TrainSpec> {
    let warmup = experiment.profile.scratch_warmup();
    Ok(TrainSpec { subnet: Some(subnet.clone()), warmup, peak_lr, ..base(experiment, seed)? })
}

/// What all training jobs of an experiment share.
pub(super) fn base(experiment: &Experiment, seed: u64) -> Result<TrainSpec> {
    let (profile, t) = (&experiment.profile, &experiment.profile.training);
    Ok(TrainSpec {
        method: "scratch".to_string(),
        settings: profile.experts,
        space: SpaceName::try_from(profile.space.clone())?,
        subnet: None,
        seed,
        updates: t.updates,
        warmup: 0,
        peak_lr: 0.0,
        decay: Decay::Cosine,
        batch_tokens: t.batch_tokens,
        micro_batches: t.micro_batches,
        longest_pair: profile.data.longest_pair,
        dropout: t.dropout,
        attention_dropout: t.attention_dropout,
        label_smoothing: t.label_smoothing,
        clip_norm: t.clip_norm,
        validate_every: t.validate_every,
        keep_best: t.keep_best,
        own_size_init: t.scratch_init == ScratchInit::OwnSize,
    })
}

/// Scoring subnets with the weights of a training of `method`.
pub(super) fn score(experiment: &Experiment, method: &str, seed: u64, subnets: Vec<NamedArch>) -> Work {
    let d = &experiment.profile.decode;
    Work::Score(ScoreSpec {
        method: method.to_string(),
        seed,
        subnets,
        decode_splits: d.splits.clone(),
        decode_pairs: d.pairs,
        beam: d.beam,
        length_penalty: d.length_penalty,
        max_len_a: d.max_len_a,
        max_len_b: d.max_len_b,
        longest_pair: experiment.profile.data.longest_pair,
    })
}
