//! Spec of a job that searches a supernet.

use mos_spaces::latency::protocol::Protocol;
use mos_spaces::search::evolution::EvolutionConfig;
use mos_spaces::search::limit::Limit;
use serde::{Deserialize, Serialize};

use super::task::TaskSpec;

/// A job that searches one supernet for the best subnet under one limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSpec {
    /// Method name of the supernet.
    pub method: String,
    /// Seed of the supernet's training and of the search.
    pub seed: u64,
    /// What must not be exceeded.
    pub limit: Limit,
    /// The protocol by which each subnet that comes into question is measured; none where the predictor says its latency.
    pub measured: Option<Protocol>,
    /// Sizes of the search.
    pub evolution: EvolutionConfig,
    /// The task whose training loss on the validation split is the fitness.
    pub task: TaskSpec,
}
