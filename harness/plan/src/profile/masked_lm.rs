//! Describes the part of a profile that belongs to masked LM.

use serde::{Deserialize, Serialize};

use super::checks::{check_count, check_share};
use crate::error::{Result, refuse};
use crate::spec::task::MaskedLmSpec;

/// The settings of masked LM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedLmProfile {
    /// Where the vocabulary comes from.
    #[serde(default)]
    pub vocabulary: VocabularySource,
    /// Rows of the WordPiece vocabulary, special tokens included.
    pub vocab_size: usize,
    /// Longest sequence, in tokens, special tokens included.
    pub sequence_length: usize,
    /// Dropout of hidden states at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights at the widest subnet.
    pub attention_dropout: f64,
    /// What trainings start from.
    #[serde(default)]
    pub start: Start,
    /// Masked tokens of the fixed validation sample on which searches rank subnets (0: all).
    pub search_tokens: usize,
}

/// Where a WordPiece vocabulary comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VocabularySource {
    /// It is trained on the training split.
    #[default]
    Trained,
    /// It is that of bert-base-uncased.
    BertBaseUncased,
}

/// What trainings of masked LM start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// All start from random weights.
    #[default]
    Random,
    /// All start from the public bert-base-uncased, subnets from scratch from their corner of it.
    Public,
    /// Supernets start from it and subnets from scratch from random weights, as published. A comparison of the two is then
    /// no comparison of methods alone, which the report says.
    PublicSupernets,
}

/// Rows of the vocabulary of bert-base-uncased.
const BERT_BASE_VOCAB: usize = 30_522;

impl MaskedLmProfile {
    /// Returns the settings as jobs take them.
    pub(super) fn spec(&self) -> MaskedLmSpec {
        MaskedLmSpec {
            sequence_length: self.sequence_length,
            dropout: self.dropout,
            attention_dropout: self.attention_dropout,
            sample_tokens: self.search_tokens,
            teacher_share: None,
            starts_public: self.start != Start::Random,
        }
    }

    /// Returns them as jobs take them that train a subnet from scratch.
    pub(super) fn scratch_spec(&self) -> MaskedLmSpec {
        MaskedLmSpec { starts_public: self.start == Start::Public, ..self.spec() }
    }

    /// Refuses values that make no sense, naming the field.
    pub(super) fn check(&self) -> Result<()> {
        check_count("task.masked-lm.sequence_length", self.sequence_length)?;
        check_share("task.masked-lm.dropout", self.dropout)?;
        check_share("task.masked-lm.attention_dropout", self.attention_dropout)?;
        if self.vocabulary == VocabularySource::BertBaseUncased && self.vocab_size != BERT_BASE_VOCAB {
            refuse!("`task.masked-lm.vocab_size` = {}: bert-base-uncased has {BERT_BASE_VOCAB} rows", self.vocab_size);
        }
        if self.start != Start::Random && self.vocabulary != VocabularySource::BertBaseUncased {
            refuse!("`task.masked-lm.start`: the public network knows the vocabulary `bert-base-uncased` alone");
        }
        Ok(())
    }
}
