//! Specs of jobs about latency: measuring it, and fitting a predictor to what was measured.

use mos_spaces::SpaceName;
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::search::limit::Limit;
use serde::{Deserialize, Serialize};

use crate::subject::NamedArch;

/// A job that measures the latency of subnets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencySpec {
    /// Search space.
    pub space: SpaceName,
    /// What is measured.
    pub subjects: LatencySubjects,
    /// The numbers of the protocol.
    pub protocol: Protocol,
    /// A measurement whose standard deviation is a larger share of its mean than this is called unsteady.
    pub max_spread: f64,
}

/// What a latency job measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatencySubjects {
    /// Random distinct subnets are measured, for the predictor.
    Sample {
        /// How many.
        count: usize,
        /// Seed of the draw.
        seed: u64,
    },
    /// These subnets are measured.
    Subnets(Vec<NamedArch>),
    /// Nothing is measured: the table was given by the user and lies in the run's folder.
    Table {
        /// Its SHA-256.
        sha256: String,
    },
}

/// A job that fits the latency predictor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PredictorSpec {
    /// Search space: its norm scales the features.
    pub space: SpaceName,
    /// Limits of the searches that will use it: checked as soon as they can be.
    pub limits: Vec<Limit>,
    /// Kinds to choose from.
    pub kinds: Vec<PredictorKind>,
    /// Seed of splits and fits.
    pub seed: u64,
}
