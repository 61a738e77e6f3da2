//! Reads and checks profiles, which hold sizes and budgets, never formulas.

use std::collections::BTreeMap;

use mos_base::Split;
use mos_base::text::parse_toml;
use mos_spaces::Method;
use mos_spaces::method::MethodSettings;
use mos_spaces::sampler::SubnetLosses;
use mos_spaces::schedule::Decay;
use serde::{Deserialize, Serialize};

use super::checks::{check_share, check_splits};
use super::rates::Rates;
use super::study::Study;
use super::task::TaskProfile;
use crate::error::{Error, Result, refuse};
use crate::files::manifest::Tuning;
use crate::headline::Headline;
use crate::metric::Metric;
use crate::spec::inputs::CorpusRole;
use crate::spec::precision::Precision;
use crate::spec::training::KeptBy;
use crate::track::Track;

/// One profile, as written in TOML; command-line options replace some of its values (see [`crate::experiment`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is, in one line.
    pub title: String,
    /// What a larger profile adds to it, in a sentence that the report shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub larger: Option<String>,
    /// The track.
    pub track: Track,
    /// Registry id of the corpus, or a folder.
    pub dataset: String,
    /// Search space.
    pub space: String,
    /// Supernet methods (training from scratch is implied).
    pub methods: Vec<String>,
    /// Number of seeds: 1, 2, ... `seeds`.
    pub seeds: u64,
    /// The second seed, in place of 2; those after it follow. A night has seed 1, whose bits are compared from night to
    /// night, and seeds that no night before it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_seeds_from: Option<u64>,
    /// Metric by which methods are compared.
    pub primary_metric: Metric,
    /// Split on which they are compared.
    pub primary_split: Split,
    /// The track's task: data, what is computed, scoring.
    pub task: TaskProfile,
    /// Sizes of training, the same for every method.
    pub training: Training,
    /// Settings of the methods that have experts.
    pub experts: MethodSettings,
    /// Scored subnets.
    pub subnets: Subnets,
    /// Workers and threads.
    pub workers: Workers,
    /// Grid of `tune`.
    pub sweep: Sweep,
    /// Peak learning rates.
    pub rates: Rates,
    /// Latency, search and continued training.
    pub study: Study,
    /// Where the rates come from; absent while they are not tuned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<Tuning>,
}

/// The public network that trainings may start from.
pub const PUBLIC_NETWORK: &str = "bert-base-uncased";

/// Sizes and settings of training, the same for every method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Optimiser updates.
    pub updates: u64,
    /// Share of the updates in warm-up, supernets.
    pub supernet_warmup: f64,
    /// Share of the updates in warm-up, from scratch.
    pub scratch_warmup: f64,
    /// Tokens of one micro-batch: rows x longest side.
    pub batch_tokens: usize,
    /// Micro-batches an update.
    pub micro_batches: usize,
    /// Type of the products.
    #[serde(default)]
    pub precision: Precision,
    /// What follows the warm-up.
    #[serde(default)]
    pub decay: Decay,
    /// Decoupled weight decay (0: off).
    #[serde(default)]
    pub weight_decay: f64,
    /// Added to the denominator of Adam's step.
    #[serde(default = "adam_epsilon")]
    pub adam_epsilon: f64,
    /// How the losses of an update's subnets make up what is minimised.
    #[serde(default)]
    pub subnet_losses: SubnetLosses,
    /// Clip the gradient norm at this (0: off).
    pub clip_norm: f64,
    /// Validation loss every so many updates.
    pub validate_every: u64,
    /// A checkpoint every so many minutes.
    pub checkpoint_minutes: f64,
    /// Score the weights with the best validation loss instead of the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_best: Option<KeptBy>,
    /// Initial weights of a from-scratch subnet.
    pub scratch_init: ScratchInit,
    /// A training failed whose validation loss does not end this far, in nats a token, below the cross-entropy of the
    /// training unigram. Absent: only one that diverged did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_nats: Option<f64>,
}

/// Returns PyTorch's default, which is fairseq's, too.
fn adam_epsilon() -> f64 {
    1e-8
}

/// How a from-scratch subnet's initial weights are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScratchInit {
    /// They are the slice of the same seed's supernet.
    Slice,
    /// They are drawn by Xavier at the subnet's own size.
    OwnSize,
}

/// Which subnets are scored beside the largest and the smallest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subnets {
    /// Number of random ones.
    pub random: usize,
    /// Seed of their draw; the same subnets for every training seed.
    pub seed: u64,
    /// Over which of them the headline is.
    #[serde(default)]
    pub headline: Headline,
}

/// Where a job runs, and beside how many others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// `cpu` or `cuda`.
    pub device: Device,
    /// Worker processes (0: one for each GPU; on a CPU cores / threads).
    pub jobs: usize,
    /// Threads a worker (0: cores / jobs).
    pub threads: usize,
}

/// The device that a job computes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
}

impl Device {
    /// Finds the device of a flag's value, which the command line has checked.
    pub fn named(name: &str) -> Device {
        if name == Device::Cuda.name() { Device::Cuda } else { Device::Cpu }
    }

    /// Returns its name in job specs and records.
    pub fn name(self) -> &'static str {
        match self {
            Device::Cpu => "cpu",
            Device::Cuda => "cuda",
        }
    }
}

/// The grid of `tune`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Peak rates, three or more.
    pub rates: Vec<f64>,
    /// Updates of the sweep as a fraction of the profile's.
    pub updates_share: f64,
}

impl Profile {
    /// Returns the registry ids of what the run reads beside its corpus.
    pub fn further_corpora(&self) -> BTreeMap<CorpusRole, &str> {
        let tasks = self.study.fine_tuning.iter().flat_map(|study| study.set());
        let mut further: BTreeMap<CorpusRole, &str> = tasks.map(|set| (CorpusRole::Tasks, set)).collect();
        if self.task.spec().starts_public() {
            further.insert(CorpusRole::Checkpoint, PUBLIC_NETWORK);
        }
        further
    }

    /// Reads a profile from TOML text; `file` names it in errors.
    pub fn parse(file: &str, text: &str) -> Result<Profile> {
        let profile: Profile = parse_toml(text).map_err(Error::within(format!("profile {file}")))?;
        profile.check().map_err(Error::within(format!("profile {file}")))?;
        Ok(profile)
    }

    fn check(&self) -> Result<()> {
        let t = &self.training;
        let at_least_one = [
            ("seeds", self.seeds),
            ("training.updates", t.updates),
            ("training.batch_tokens", t.batch_tokens as u64),
            ("training.micro_batches", t.micro_batches as u64),
            ("training.validate_every", t.validate_every),
            ("subnets.random", self.subnets.random as u64),
        ];
        for (field, value) in at_least_one {
            if value == 0 {
                refuse!("`{field}` must be 1 or more");
            }
        }
        if !(t.checkpoint_minutes.is_finite() && t.checkpoint_minutes > 0.0) {
            refuse!("`training.checkpoint_minutes` = {} must be a positive number", t.checkpoint_minutes);
        }
        let shares = [
            ("training.supernet_warmup", t.supernet_warmup),
            ("training.scratch_warmup", t.scratch_warmup),
            ("experts.router_dropout", self.experts.router_dropout),
        ];
        shares.into_iter().try_for_each(|(field, value)| check_share(field, value))?;
        check_splits("primary_split", std::slice::from_ref(&self.primary_split))?;
        if self.task.track() != self.track {
            refuse!("`track` = {}, but [task] is that of track {}", self.track, self.task.track());
        }
        self.task.check()?;
        let teacher = self.study.teacher.as_ref().map(|teacher| teacher.updates_share);
        if teacher == Some(0.0) && !self.task.scratch_spec().starts_public() {
            refuse!(
                "`study.teacher.updates_share` = 0: a teacher that is not trained is the public network; set task.masked-lm.start = \"public\""
            );
        }
        if !(t.adam_epsilon.is_finite() && t.adam_epsilon > 0.0) {
            refuse!("`training.adam_epsilon` = {} must be a positive number", t.adam_epsilon);
        }
        if !(t.weight_decay.is_finite() && t.weight_decay >= 0.0) {
            refuse!("`training.weight_decay` = {} must be a number from 0 up", t.weight_decay);
        }
        check_sweep(&self.sweep.rates, self.sweep.updates_share)?;
        for method in &self.methods {
            Method::find(method)?;
        }
        self.task.check_study(&self.study, self.primary_metric)?;
        self.study.check()?;
        self.study.check_positions(self.task.positions())?;
        self.rates.check()
    }

    /// Returns the updates of a supernet's warm-up.
    pub fn supernet_warmup(&self) -> u64 {
        (self.training.updates as f64 * self.training.supernet_warmup).round() as u64
    }

    /// Returns the updates of warm-up from scratch.
    pub fn scratch_warmup(&self) -> u64 {
        (self.training.updates as f64 * self.training.scratch_warmup).round() as u64
    }
}

/// Refuses a grid that could not decide anything.
pub fn check_sweep(rates: &[f64], updates_share: f64) -> Result<()> {
    let mut distinct = rates.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() < 3 {
        refuse!("a sweep needs three or more different rates, got {}", distinct.len());
    }
    if let Some(bad) = rates.iter().find(|r| !(r.is_finite() && **r > 0.0)) {
        refuse!("a peak learning rate must be a positive number, got {bad}");
    }
    if !(updates_share > 0.0 && updates_share <= 1.0) {
        refuse!("the share of updates of a sweep must be above 0 and at most 1, got {updates_share}");
    }
    Ok(())
}
