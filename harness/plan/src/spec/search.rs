//! Spec of a job that searches a supernet.

use mos_spaces::SpaceName;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::search::evolution::EvolutionConfig;
use mos_spaces::search::limit::Limit;
use serde::{Deserialize, Serialize};

use super::task::TaskSpec;

/// A job that searches one supernet for the best subnet under one limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSpec {
    /// Search space of the supernet.
    pub space: SpaceName,
    /// Method name of the supernet.
    pub method: String,
    /// Seed of the supernet's training and of the search.
    pub seed: u64,
    /// What must not be exceeded.
    pub limit: Limit,
    /// The protocol by which each subnet that comes into question is measured; none where the predictor says its latency.
    pub measured: Option<Protocol>,
    /// How subnets are looked for.
    pub strategy: Strategy,
    /// The task whose training loss on the validation split is the fitness.
    pub task: TaskSpec,
}

/// How a search looks for subnets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// It breeds them, with random search beside it.
    Evolution(EvolutionConfig),
    /// It scores every one that meets the limit.
    Exhaustive,
    /// It adds up the losses of blocks, and scores the best nets whole.
    Lookup(LookupSpec),
}

/// The settings of a search in a table of blocks (NAS-BERT).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupSpec {
    /// Nets of least summed loss that are scored whole.
    pub top: usize,
    /// Masked tokens of the validation sample on which they are scored (0: all).
    pub sample_tokens: usize,
    /// The most latency, as a share of the way from the fastest net to the slowest one that the table can make.
    pub latency_share: f64,
}
