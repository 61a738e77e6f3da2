//! Names what a job reads: corpora, and the outputs of other jobs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The part that another job's output plays for the job that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The weights of a supernet.
    Supernet,
    /// The weights that are scored.
    Training,
    /// A network that is learned from.
    Teacher,
    /// A network that was fine-tuned on another task first.
    Tuned,
    /// The score that continued training has to reach.
    Target,
    /// A table of latencies.
    Latencies,
    /// A latency predictor.
    Predictor,
}

impl Role {
    /// Returns its name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Role::Supernet => "supernet",
            Role::Training => "training",
            Role::Teacher => "teacher",
            Role::Tuned => "tuned",
            Role::Target => "target",
            Role::Latencies => "latencies",
            Role::Predictor => "predictor",
        }
    }
}

/// The part that a corpus plays in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CorpusRole {
    /// The corpus that the track is trained and scored on.
    Corpus,
    /// The tasks that networks are fine-tuned on, where they are no part of that corpus.
    Tasks,
    /// A public network that trainings start from.
    Checkpoint,
}

impl CorpusRole {
    /// All parts.
    pub const ALL: [CorpusRole; 3] = [CorpusRole::Corpus, CorpusRole::Tasks, CorpusRole::Checkpoint];

    /// Returns its name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            CorpusRole::Corpus => "corpus",
            CorpusRole::Tasks => "tasks",
            CorpusRole::Checkpoint => "checkpoint",
        }
    }
}

/// A prepared corpus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusRef {
    /// Registry id, or the name of a folder.
    pub id: String,
    /// Hash of the prepared data.
    pub hash: String,
}

/// Everything that a job reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Corpora.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub corpora: BTreeMap<CorpusRole, CorpusRef>,
    /// Ids of other jobs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<Role, Vec<String>>,
}

impl Inputs {
    /// Goes through the ids of all jobs that are read.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.jobs.values().flatten().map(String::as_str)
    }
}
