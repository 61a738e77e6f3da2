//! Describes the part of a profile that belongs to translation.

use mos_base::Split;
use serde::{Deserialize, Serialize};

use super::checks::{check_count, check_share, check_splits};
use crate::error::Result;
use crate::spec::scoring::DecodeSpec;
use crate::spec::task::TranslationSpec;
use crate::spec::work::TranslationFacts;

/// What a corpus of its own space and vocabulary changes in a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherCorpus {
    /// Registry id of the corpus.
    pub dataset: String,
    /// Its search space.
    pub space: String,
    /// Its vocabulary.
    pub vocab_size: usize,
}

/// The settings of translation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslationProfile {
    /// Rows of the joint BPE vocabulary, the four special tokens included.
    pub vocab_size: usize,
    /// Longest pair, in tokens a side, in training and in the loss.
    pub longest_pair: usize,
    /// Dropout at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights.
    pub attention_dropout: f64,
    /// Label smoothing.
    pub label_smoothing: f64,
    /// How sentences are decoded.
    pub decode: Decode,
    /// Other corpora that come with a space and a vocabulary of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corpora: Vec<OtherCorpus>,
}

/// How sentences are decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decode {
    /// Splits that are decoded.
    pub splits: Vec<Split>,
    /// Decode at most this many pairs a split (0: all).
    pub pairs: usize,
    /// Beam width.
    pub beam: usize,
    /// Score of a hypothesis = log p / length^penalty.
    pub length_penalty: f64,
    /// Most tokens of a hypothesis: a x source length + b.
    pub max_len_a: f64,
    /// The constant part b of that limit.
    pub max_len_b: usize,
}

/// Longest pair that is prepared at least, so that profiles with one vocabulary share their data.
const PREPARED_LONGEST_PAIR: usize = 120;

impl TranslationProfile {
    /// Returns the longest pair, in tokens a side, with which the corpus is prepared.
    pub fn prepared_longest_pair(&self) -> usize {
        PREPARED_LONGEST_PAIR.max(self.longest_pair)
    }

    /// Takes the vocabulary of a corpus that has its own, and returns its space.
    pub(super) fn take_corpus(&mut self, dataset: &str) -> Option<String> {
        let other = self.corpora.iter().find(|other| other.dataset == dataset)?;
        self.vocab_size = other.vocab_size;
        Some(other.space.clone())
    }

    /// Returns the settings as jobs take them.
    pub(super) fn spec(&self) -> TranslationSpec {
        TranslationSpec {
            longest_pair: self.longest_pair,
            dropout: self.dropout,
            attention_dropout: self.attention_dropout,
            label_smoothing: self.label_smoothing,
        }
    }

    /// Returns how `splits` are decoded; none stands for those that the profile names.
    pub(super) fn scoring(&self, splits: Option<&[Split]>) -> DecodeSpec {
        let d = &self.decode;
        DecodeSpec {
            splits: splits.unwrap_or(&d.splits).to_vec(),
            pairs: d.pairs,
            beam: d.beam,
            length_penalty: d.length_penalty,
            max_len_a: d.max_len_a,
            max_len_b: d.max_len_b,
            longest_pair: self.longest_pair,
        }
    }

    /// Returns which facts of the corpus are worked out.
    pub(super) fn data_facts(&self) -> TranslationFacts {
        TranslationFacts { test_pairs: self.decode.pairs, longest_pair: self.longest_pair }
    }

    /// Refuses values that make no sense, naming the field.
    pub(super) fn check(&self) -> Result<()> {
        check_count("task.translation.longest_pair", self.longest_pair)?;
        check_count("task.translation.decode.beam", self.decode.beam)?;
        check_share("task.translation.dropout", self.dropout)?;
        check_share("task.translation.attention_dropout", self.attention_dropout)?;
        check_share("task.translation.label_smoothing", self.label_smoothing)?;
        check_splits("task.translation.decode.splits", &self.decode.splits)
    }
}
