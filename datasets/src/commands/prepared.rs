//! The cache holds prepared folders, which are found here.

use mos_datasets::cache;
use mos_datasets::documents::DocumentManifest;
use mos_datasets::manifest::Manifest;
use mos_datasets::tasks::set::{self, TaskSetManifest};
use std::path::{Path, PathBuf};

/// A prepared folder in the cache.
pub struct Prepared {
    /// The folder's path.
    pub folder: PathBuf,
    /// The corpus's id. It is taken from the folder's name, so that a damaged manifest does not hide it.
    pub id: String,
    /// The vocabulary that was asked for, from the folder's name.
    pub vocab: String,
    /// The longest sequence of documents that was asked for, from the folder's name; `None` for pairs.
    pub length: Option<String>,
    /// What is wrong with the manifest or the folder's files, if something is.
    pub state: mos_datasets::Result<()>,
}

/// Finds all prepared folders, in the order of their names. With `verify`, the SHA-256 of every file is checked.
pub fn prepared(cache: &Path, verify: bool) -> anyhow::Result<Vec<Prepared>> {
    let Ok(items) = std::fs::read_dir(cache::prepared(cache)) else { return Ok(vec![]) };
    let mut folders: Vec<PathBuf> = items.map(|i| i.map(|i| i.path())).collect::<std::io::Result<_>>()?;
    folders.sort();
    Ok(folders.into_iter().filter_map(|folder| of(folder, verify)).collect())
}

/// Reads a folder's name, which is `<id>-v<vocabulary>-l<longest>-<hash>` for pairs, and has `s` in place of `l` for
/// documents and tasks; that of an unfinished folder starts with a dot.
fn of(folder: PathBuf, verify: bool) -> Option<Prepared> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let mut parts = name.rsplitn(4, '-');
    let (_hash, longest) = (parts.next()?, parts.next()?);
    let vocab = parts.next()?.strip_prefix('v')?.to_string();
    let id = parts.next().filter(|id| !id.starts_with('.'))?.to_string();
    let length = longest.strip_prefix('s').map(str::to_string);
    let state = match length {
        None => Manifest::read(&folder).and_then(|m| m.check_files(&folder, verify)),
        Some(_) if set::find(&id).is_ok() => {
            TaskSetManifest::read(&folder).and_then(|m| m.check_files(&folder, verify))
        }
        Some(_) => DocumentManifest::read(&folder).and_then(|m| m.check_files(&folder, verify)),
    };
    Some(Prepared { folder, id, vocab, length, state })
}
