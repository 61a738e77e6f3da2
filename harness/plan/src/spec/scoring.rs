//! Spec of a job that scores subnets.

use mos_base::Split;
use mos_spaces::SpaceName;
use serde::{Deserialize, Serialize};

use crate::subject::NamedArch;

/// A job that scores subnets with the weights of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSpec {
    /// Search space of the training.
    pub space: SpaceName,
    /// Method name of the training.
    pub method: String,
    /// Seed of the training.
    pub seed: u64,
    /// Subnets to score.
    pub subnets: Vec<NamedArch>,
    /// How they are scored.
    pub scoring: ScoringSpec,
}

/// How subnets are scored, a variant for each track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScoringSpec {
    /// Losses are measured, and translations are decoded and compared with the references.
    Translation(DecodeSpec),
    /// Losses and accuracies of the stored masks of valid and test are measured.
    MaskedLm,
}

impl ScoringSpec {
    /// Returns how translations are scored.
    ///
    /// # Panics
    /// Panics if it is another track's, which is a bug: a track's code sees jobs of its own track only.
    pub fn translation(&self) -> &DecodeSpec {
        match self {
            ScoringSpec::Translation(spec) => spec,
            ScoringSpec::MaskedLm => panic!("a job of masked LM"),
        }
    }
}

/// How translations are decoded and scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecodeSpec {
    /// Splits whose hypotheses are decoded and scored with BLEU and chrF (loss is measured on valid and test always).
    pub splits: Vec<Split>,
    /// Decode at most this many pairs a split (0: all).
    pub pairs: usize,
    /// Beam width.
    pub beam: usize,
    /// Length penalty: score = log p / length^penalty.
    pub length_penalty: f64,
    /// Most tokens of a hypothesis: a x source length + b.
    pub max_len_a: f64,
    /// The constant part b of that limit.
    pub max_len_b: usize,
    /// Longest pair, in tokens a side, for the loss.
    pub longest_pair: usize,
}
