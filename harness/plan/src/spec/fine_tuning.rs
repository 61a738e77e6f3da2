//! Specs of jobs that fine-tune a network on a labelled task, and of the linear model beside it.

use mos_spaces::SpaceName;
use serde::{Deserialize, Serialize};

use super::precision::Precision;
use crate::subject::NamedArch;

/// A job that fine-tunes one network on one task, once for each setting of a grid, and scores the best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneSpec {
    /// Search space of the pre-training.
    pub space: SpaceName,
    /// Method name of the pre-training; that of training from scratch for a network that had none.
    pub method: String,
    /// Seed of the pre-training and of the fine-tuning.
    pub seed: u64,
    /// The subnet.
    pub subnet: NamedArch,
    /// What the fine-tuning starts from.
    pub start: FineTuneStart,
    /// Whether the weights that it starts from were inherited and trained on.
    pub is_continued: bool,
    /// The task that the network was fine-tuned on first, where it starts from what is best there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_task: Option<String>,
    /// Share of the loss that is the cross-entropy with the outputs of a teacher, which was fine-tuned on the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher_share: Option<f64>,
    /// Whether the weights of the best setting are kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keeps_weights: bool,
    /// The task.
    pub task: FineTuneTaskSpec,
    /// Settings that are tried.
    pub grid: Vec<FineTuneSettings>,
    /// Updates after which a training ends, its passes done or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_updates: Option<u64>,
    /// Warm-up as a share of the updates.
    pub warmup: f64,
    /// Decoupled weight decay (0: off).
    pub weight_decay: f64,
    /// Type of the products.
    pub precision: Precision,
    /// On which split the best setting is chosen.
    pub selected_on: Selection,
}

/// What a fine-tuning starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FineTuneStart {
    /// It starts from random weights: what pre-training is worth is read off the difference.
    Random,
    /// It starts from the dense subnet, experts merged.
    Merged,
    /// It starts from the supernet with the subnet fixed: experts and routers go on learning.
    Routed,
}

/// The task of a fine-tuning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneTaskSpec {
    /// Its name.
    pub task: String,
    /// What the head reads.
    pub pooling: Pooling,
    /// Dropout of hidden states at the widest subnet.
    pub dropout: f64,
    /// Dropout of attention weights at the widest subnet.
    pub attention_dropout: f64,
}

/// What the head of a fine-tuned network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// It reads the mean of all states.
    Mean,
    /// It reads the first state behind BERT's pooler, which masked LM alone never trains.
    Cls,
}

/// One setting of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneSettings {
    /// Peak learning rate.
    pub peak_lr: f64,
    /// Examples of an update.
    pub batch: usize,
    /// Passes over the training examples.
    pub epochs: u64,
}

/// On which split the best of several settings is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// On validation.
    Valid,
    /// On the split that is reported, as GLUE's published scores are: its test labels are hidden.
    Reported,
}

/// A job that fits a linear model on bags of words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BagOfWordsSpec {
    /// Name of the task.
    pub task: String,
    /// A space of the track, whose vocabulary the bags are over.
    pub space: SpaceName,
    /// Learning rates that are tried.
    pub rates: Vec<f64>,
    /// Numbers of passes that are tried with each.
    pub epochs: Vec<u64>,
    /// Seed of the order of examples.
    pub seed: u64,
    /// On which split the best setting is chosen.
    pub selected_on: Selection,
}
