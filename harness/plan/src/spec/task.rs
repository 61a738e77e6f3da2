//! The settings of a track's task, a variant for each track.

use serde::{Deserialize, Serialize};

/// What networks are trained to do, and how their examples are cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskSpec {
    /// Networks learn to translate.
    Translation(TranslationSpec),
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

impl TaskSpec {
    /// Returns the settings of translation.
    ///
    /// # Panics
    /// Panics if they are of another task, which is a bug: a track's code sees jobs of its own track only.
    pub fn translation(&self) -> &TranslationSpec {
        match self {
            TaskSpec::Translation(spec) => spec,
        }
    }
}
