//! The settings of a track's task, a variant for each track.

use serde::{Deserialize, Serialize};

use super::fine_tuning::FineTuneTaskSpec;

/// What networks are trained to do, and how their examples are cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskSpec {
    /// Networks learn to translate.
    Translation(TranslationSpec),
    /// Networks learn to predict masked tokens.
    MaskedLm(MaskedLmSpec),
    /// Networks learn a teacher's relations between tokens.
    RelationDistil(RelationSpec),
    /// Networks learn what a teacher's blocks do.
    BlockDistil(BlockSpec),
    /// Networks learn to label examples.
    FineTune(FineTuneTaskSpec),
}

/// The settings of translation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslationSpec {
    /// Longest pair, in tokens a side, in training and in losses.
    pub longest_pair: usize,
    /// Dropout at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights.
    pub attention_dropout: f64,
    /// Label smoothing.
    pub label_smoothing: f64,
}

/// The settings of relation distillation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationSpec {
    /// Longest sequence, in tokens, special tokens included.
    pub sequence_length: usize,
    /// What is compared of a relation.
    pub relation: RelationKind,
    /// Sequences of validation that are scored (0: all).
    pub sample: usize,
}

/// The settings of block distillation, and of the pools that shrink meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    /// Longest sequence, in tokens, special tokens included.
    pub sequence_length: usize,
    /// Sequences of validation on which blocks are scored (0: all).
    pub sample: usize,
    /// How pools shrink.
    pub pools: PoolSpec,
}

/// How the pools of blocks shrink (NAS-BERT): at each validation but the first ones, every bin of every place loses blocks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolSpec {
    /// Bins of a pool. A block's bin is that of its parameters or that of its latency, whichever is the higher.
    pub bins: usize,
    /// Validations before pools first shrink.
    pub warm: u64,
    /// Most blocks of a bin that are scored at a time; the worse half of them leaves.
    pub scored: usize,
    /// Blocks below which no bin shrinks.
    pub kept: usize,
}

/// What is compared of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// Distributions are compared, as AutoDistil's paper has it.
    Softmax,
    /// Scaled scores are compared, as its released code has it.
    RawScores,
}

/// The settings of masked LM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedLmSpec {
    /// Longest sequence, in tokens, special tokens included.
    pub sequence_length: usize,
    /// Dropout of hidden states at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights at the widest subnet.
    pub attention_dropout: f64,
    /// Masked tokens of the validation sample on which searches rank subnets (0: all).
    pub sample_tokens: usize,
    /// Share of the loss that is the cross-entropy with a teacher's predictions; none where there is no teacher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher_share: Option<f64>,
    /// Whether training starts from the public network.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starts_public: bool,
}

impl TaskSpec {
    /// Says whether training starts from a public network.
    pub fn starts_public(&self) -> bool {
        matches!(self, TaskSpec::MaskedLm(MaskedLmSpec { starts_public: true, .. }))
    }

    /// Returns the same task, started from random weights.
    pub fn started_at_random(self) -> TaskSpec {
        match self {
            TaskSpec::MaskedLm(spec) => TaskSpec::MaskedLm(MaskedLmSpec { starts_public: false, ..spec }),
            other => other,
        }
    }

    /// Says whether losses are cross-entropies, in nats.
    pub fn is_cross_entropy(&self) -> bool {
        matches!(self, TaskSpec::Translation(_) | TaskSpec::MaskedLm(_))
    }

    /// Returns the sequences of validation on which a search ranks, where the task names them (0: all).
    pub fn sample(&self) -> Option<usize> {
        match self {
            TaskSpec::RelationDistil(spec) => Some(spec.sample),
            TaskSpec::BlockDistil(spec) => Some(spec.sample),
            _ => None,
        }
    }

    /// Returns the settings of translation.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees jobs of its own track only.
    pub fn translation(&self) -> &TranslationSpec {
        match self {
            TaskSpec::Translation(spec) => spec,
            other => panic!("not a job of translation: {other:?}"),
        }
    }

    /// Returns the settings of masked LM.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees jobs of its own track only.
    pub fn masked_lm(&self) -> &MaskedLmSpec {
        match self {
            TaskSpec::MaskedLm(spec) => spec,
            other => panic!("not a job of masked LM: {other:?}"),
        }
    }

    /// Returns the settings of relation distillation.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees jobs of its own track only.
    pub fn relation_distil(&self) -> &RelationSpec {
        match self {
            TaskSpec::RelationDistil(spec) => spec,
            other => panic!("not a job of relation distillation: {other:?}"),
        }
    }

    /// Returns the settings of block distillation.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees jobs of its own track only.
    pub fn block_distil(&self) -> &BlockSpec {
        match self {
            TaskSpec::BlockDistil(spec) => spec,
            other => panic!("not a job of block distillation: {other:?}"),
        }
    }

    /// Returns the settings of a task that is fine-tuned on.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees jobs of its own track only.
    pub fn fine_tune(&self) -> &FineTuneTaskSpec {
        match self {
            TaskSpec::FineTune(spec) => spec,
            other => panic!("not a job of fine-tuning: {other:?}"),
        }
    }
}
