//! Specs of jobs that train: a supernet, a subnet from scratch, or a subnet that inherits its weights.

use mos_spaces::SpaceName;
use mos_spaces::method::MethodSettings;
use mos_spaces::sampler::SubnetLosses;
use mos_spaces::schedule::Decay;
use serde::{Deserialize, Serialize};

use super::precision::Precision;
use super::scoring::ScoringSpec;
use super::task::TaskSpec;
use crate::metric::Metric;
use crate::subject::NamedArch;

/// A job that trains a supernet, or a subnet from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// Name of a method.
    pub method: String,
    /// Settings of the methods with experts.
    pub settings: MethodSettings,
    /// Search space.
    pub space: SpaceName,
    /// The subnet that is trained from scratch; none for a supernet.
    pub subnet: Option<NamedArch>,
    /// Seed.
    pub seed: u64,
    /// Steps and rates.
    pub optimisation: Optimisation,
    /// Tokens of one micro-batch: rows x longest side.
    pub batch_tokens: usize,
    /// Micro-batches an update.
    pub micro_batches: usize,
    /// Type of the products.
    pub precision: Precision,
    /// What is trained.
    pub task: TaskSpec,
    /// Validation loss is measured every so many updates (and at the end).
    pub validate_every: u64,
    /// The subnet of a supernet by whose validation loss the best weights are kept; none keeps the last ones. A subnet from
    /// scratch goes by its own.
    pub keep_best: Option<KeptBy>,
    /// A from-scratch subnet's initial weights: the supernet's slice, or drawn at its own size.
    pub own_size_init: bool,
    /// What follows a failure; none where a failure is the answer, as in a sweep.
    pub second_try: Option<SecondTry>,
}

/// The subnet of a supernet by whose validation loss the best weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptBy {
    /// The smallest, as in MoS's released translation code.
    Smallest,
    /// The largest, as in its BERT code.
    Largest,
}

/// The one further attempt of a training that failed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondTry {
    /// Its peak learning rate.
    pub peak_lr: f64,
    /// A training also failed if its validation loss does not end this far, in nats a token, below the cross-entropy of
    /// the training unigram; with none, only one that diverged did.
    pub learned_nats: Option<f64>,
}

/// The steps and rates of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimisation {
    /// Optimiser updates.
    pub updates: u64,
    /// Updates of linear warm-up.
    pub warmup: u64,
    /// Peak learning rate.
    pub peak_lr: f64,
    /// What follows the warm-up.
    pub decay: Decay,
    /// Decoupled weight decay (0: off).
    pub weight_decay: f64,
    /// Added to the denominator of Adam's step.
    pub adam_epsilon: f64,
    /// Adam's decay of the second moment.
    pub adam_beta2: f64,
    /// Clip the gradient norm at this (0: off).
    pub clip_norm: f64,
    /// How the losses of an update's subnets make up what is minimised.
    pub subnet_losses: SubnetLosses,
}

/// A job that trains an inherited subnet on until it is as good as from scratch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrainSpec {
    /// The training that goes on: method and subnet, the largest number of updates, rates, batches.
    pub train: TrainSpec,
    /// What is trained.
    pub weights: RetrainWeights,
    /// What has to become as good as from scratch, on the validation split.
    pub goal: Goal,
    /// Updates that the supernet was trained for: the batches go on after them.
    pub batches_seen: u64,
    /// How the goal is scored, where it is not the validation loss.
    pub scoring: Option<ScoringSpec>,
}

impl RetrainSpec {
    /// Returns the subnet that is trained on.
    ///
    /// # Panics
    /// Panics if there is none, which is a bug of the planner.
    pub fn subnet(&self) -> &NamedArch {
        self.train.subnet.as_ref().expect("continued training has a subnet")
    }
}

/// What continued training starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetrainWeights {
    /// It starts from a dense subnet, whose experts are merged.
    Merged,
    /// It starts from the supernet with the subnet fixed: experts and routers go on learning.
    Routed,
}

/// What continued training has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// The validation loss has to be at most that from scratch.
    Loss,
    /// Tokenised BLEU on the validation split has to be at least that from scratch.
    TokenisedBleu,
}

impl Goal {
    /// Returns the metric of the goal.
    pub fn metric(self) -> Metric {
        match self {
            Goal::Loss => Metric::Loss,
            Goal::TokenisedBleu => Metric::TokenisedBleu,
        }
    }

    /// Returns the metric of the goal's learning curve.
    pub fn curve(self) -> Metric {
        match self {
            Goal::Loss => Metric::RetrainLoss,
            Goal::TokenisedBleu => Metric::RetrainBleu,
        }
    }

    /// Says whether `value` is as good as `scratch`.
    pub fn reached(self, value: f64, scratch: f64) -> bool {
        match self {
            Goal::Loss => value <= scratch,
            Goal::TokenisedBleu => value >= scratch,
        }
    }
}
