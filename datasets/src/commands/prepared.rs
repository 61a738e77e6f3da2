//! The cache holds prepared folders, which are found here.

use mos_datasets::cache;
use mos_datasets::manifest::Manifest;
use std::path::{Path, PathBuf};

/// A prepared folder in the cache.
pub struct Prepared {
    /// The folder's path.
    pub folder: PathBuf,
    /// The corpus's id. It is taken from the folder's name, so that a damaged manifest does not hide it.
    pub id: String,
    /// The rows of the vocabulary that was asked for, from the folder's name.
    pub vocab: String,
    /// The manifest, if it and the folder's files are as they were written.
    pub state: mos_datasets::Result<Manifest>,
}

/// Finds all prepared folders, in the order of their names. With `verify`, the SHA-256 of every file is checked.
pub fn prepared(cache: &Path, verify: bool) -> anyhow::Result<Vec<Prepared>> {
    let Ok(items) = std::fs::read_dir(cache::prepared(cache)) else { return Ok(vec![]) };
    let mut folders: Vec<PathBuf> = items.map(|i| i.map(|i| i.path())).collect::<std::io::Result<_>>()?;
    folders.sort();
    let complete = folders.into_iter().filter_map(|folder| {
        let name = folder.file_name()?.to_string_lossy().into_owned();
        // A name is <id>-v<vocabulary>-l<longest>-<hash>; that of an unfinished folder starts with a dot.
        let mut parts = name.rsplitn(4, '-');
        let (_hash, _longest) = (parts.next()?, parts.next()?);
        let vocab = parts.next()?.strip_prefix('v')?.to_string();
        let id = parts.next().filter(|id| !id.starts_with('.'))?.to_string();
        let checked = Manifest::read(&folder).and_then(|m| m.check_files(&folder, verify).map(|()| m));
        Some(Prepared { folder, id, vocab, state: checked })
    });
    Ok(complete.collect())
}
