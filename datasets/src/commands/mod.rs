//! One module for each action.

pub mod fetch;
pub mod list;
pub mod pin;
pub mod show;
pub mod verify;

use mos_datasets::cache;
use mos_datasets::manifest::Manifest;
use std::path::{Path, PathBuf};

/// A prepared folder in the cache.
pub struct Prepared {
    /// Where it is.
    pub folder: PathBuf,
    /// Id of its corpus, taken from its name, so that a damaged manifest does not hide it.
    pub id: String,
    /// Rows of the vocabulary that it was prepared for, from its name.
    pub vocab: String,
    /// Whether its manifest and, if asked for, all its files are as they were written.
    pub state: mos_datasets::Result<Manifest>,
}

/// All prepared folders, by name.
pub fn prepared(cache: &Path, verify: bool) -> anyhow::Result<Vec<Prepared>> {
    let Ok(items) = std::fs::read_dir(cache::prepared(cache)) else { return Ok(vec![]) };
    let mut folders: Vec<PathBuf> = items.map(|i| i.map(|i| i.path())).collect::<std::io::Result<_>>()?;
    folders.sort();
    let complete = folders.into_iter().filter_map(|folder| {
        let name = folder.file_name()?.to_string_lossy().into_owned();
        // <id>-v<vocabulary>-l<longest>-<hash>; an unfinished one starts with a dot.
        let mut parts = name.rsplitn(4, '-');
        let (_hash, _longest) = (parts.next()?, parts.next()?);
        let vocab = parts.next()?.strip_prefix('v')?.to_string();
        let id = parts.next().filter(|id| !id.starts_with('.'))?.to_string();
        let checked = Manifest::read(&folder).and_then(|m| m.check_files(&folder, verify).map(|()| m));
        Some(Prepared { folder, id, vocab, state: checked })
    });
    Ok(complete.collect())
}

/// A JSON document as text.
pub fn json(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
