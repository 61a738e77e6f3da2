//! A corpus of documents is prepared into a folder.

use super::layout;
use super::make;
use super::manifest::{DocumentManifest, FORMAT};
use super::options::DocumentOptions;
use super::registry::{self, DocumentEntry};
use crate::cache;
use crate::error::Result;
use crate::once;
use mos_base::files;
use std::path::{Path, PathBuf};

/// Prepares a corpus in the default cache and gives its folder. This is quick when the folder is there already.
///
/// Every file of an existing folder is checked; a damaged one is named through `progress` and the folder is made again.
pub fn prepare(id: &str, options: &DocumentOptions, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    prepare_in(&cache::root()?, registry::find(id)?, options, progress)
}

/// Does what [`prepare`] does, with a given cache root and entry.
pub fn prepare_in(
    cache: &Path,
    entry: &DocumentEntry,
    options: &DocumentOptions,
    progress: &dyn Fn(&str),
) -> Result<PathBuf> {
    options.check()?;
    let name = folder_name(cache, entry, options, progress)?;
    let sound = |folder: &Path| DocumentManifest::read(folder).and_then(|m| m.check_files(folder, true));
    once::make(cache, &name, &sound, &|out| make::make(cache, entry, options, out, progress), progress)
}

/// Gives the manifest of a corpus that is prepared in the default cache; `None` where it is not, or where only the hub
/// could tell what it is made of. Files are not checked, and nothing is fetched or made.
pub fn find(id: &str, options: &DocumentOptions) -> Result<Option<DocumentManifest>> {
    let (cache, entry) = (cache::root()?, registry::find(id)?);
    for origin in entry.origins() {
        if origin.downloads(&cache)?.is_none() {
            return Ok(None);
        }
    }
    let folder = cache::prepared(&cache).join(folder_name(&cache, entry, options, &|_| ())?);
    if folder.join(layout::MANIFEST).exists() { DocumentManifest::read(&folder).map(Some) } else { Ok(None) }
}

/// Makes the folder's name, `<id>-v<vocabulary>-s<sequence length>-<hash of all that decides the content>`.
fn folder_name(
    cache: &Path,
    entry: &DocumentEntry,
    options: &DocumentOptions,
    progress: &dyn Fn(&str),
) -> Result<String> {
    let hashes = entry.origins().iter().map(|o| o.hashes(cache, progress)).collect::<Result<Vec<_>>>()?;
    let sources: Vec<_> = entry.sources.iter().map(|s| (&s.name, &s.splits, s.text.rules())).collect();
    let decides = serde_json::json!({
        "format": FORMAT, "files": hashes, "sources": sources, "options": options, "tasks": entry.tasks,
        "card": [entry.title, entry.text_licence, entry.package_licence, entry.citation, entry.language],
        "notes": entry.notes,
    });
    let key = files::sha256(decides.to_string().as_bytes());
    Ok(format!("{}-v{}-s{}-{}", entry.id, options.vocabulary.tag(), options.sequence_length, &key[..16]))
}
