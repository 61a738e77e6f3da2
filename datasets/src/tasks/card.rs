//! A manifest tells of each task what it asks and how large it is.

use mos_base::Split;
use serde::{Deserialize, Serialize};

/// What a task asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// One of these classes; a label is a place in the list.
    Classes {
        /// The names of the classes.
        names: Vec<String>,
    },
    /// A number.
    Rating,
}

/// A task's card says what the task is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskCard {
    /// The task's name, which is that of its folder.
    pub name: String,
    /// The title that people read.
    pub title: String,
    /// Licence of the text and its labels.
    pub licence: String,
    /// How to cite the task.
    pub citation: String,
    /// What the task asks for.
    pub kind: TaskKind,
    /// Longest example, in tokens, special ones included.
    pub sequence_length: usize,
    /// The split that results are reported on. It is [`Split::Valid`] where the labels of the real test split are
    /// hidden: the test split is a copy of it then.
    pub reported: Split,
    /// The sizes of the training split.
    pub train: TaskSplitCard,
    /// The sizes of the validation split.
    pub valid: TaskSplitCard,
    /// The sizes of the test split.
    pub test: TaskSplitCard,
    /// Training examples that were left out because their text nearly equals a held-out one.
    pub near_duplicates: usize,
}

/// A split's card holds its sizes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSplitCard {
    /// Number of examples.
    pub examples: usize,
    /// How many of them were cut to the sequence length.
    pub cut: usize,
    /// Number of examples of each class; empty for a rating.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<usize>,
    /// The share of the most frequent class, to six places; absent for a rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub majority_share: Option<f64>,
}

impl TaskCard {
    /// Gives the sizes of a split.
    pub fn split(&self, split: Split) -> &TaskSplitCard {
        match split {
            Split::Train => &self.train,
            Split::Valid => &self.valid,
            Split::Test => &self.test,
        }
    }
}
