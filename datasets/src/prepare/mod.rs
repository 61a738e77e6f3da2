//! A preparation leads from text to a prepared folder, by filters, splits, tokenizer and token shards.
//!
//! The steps follow in this order: the source cleans its text and leaves out what its entry names; pairs with an empty
//! side or with a character ratio outside 0.5 to 2 go (relative to the median where one script says in one character
//! what the other spells out, such as English and Chinese); the splits are drawn; near-duplicates of the held-out splits
//! leave the training split; the joint BPE is trained on what the training split then holds; pairs with a side longer
//! than [`PrepareOptions::longest_pair`] tokens go. A source with its own splits keeps its held-out pairs whatever
//! their ratio, so that its scores stay comparable. Every removal is counted in the manifest.
//!
//! A source that is read in slices (the WMT sets) never is in memory as a whole. Its text is read twice: once for the
//! pairs that BPE is trained on, drawn at random by a seed, and once to be written. [`sliced`] says what differs.
//!
//! The folder's name holds a hash of everything that decides its content. It is made under another name and renamed
//! when it is complete, so that a killed preparation leaves nothing that could be mistaken for data.

mod describe;
mod make;
pub mod sliced;
mod text;
mod write;

use crate::cache;
use crate::error::Result;
use crate::once;
use crate::pairs::manifest::{FORMAT, Manifest};
use crate::pairs::options::PrepareOptions;
use crate::sources::Source;
use crate::sources::registry::Entry;
use mos_base::files;
use std::path::{Path, PathBuf};

/// Prepares a corpus in the default cache and gives its folder. This is quick when the folder is there already.
///
/// `source` is a registry id or the path of a local folder (see [`crate::sources::folder`]). Every file of an existing
/// folder is checked; a damaged one is named through `progress` and the folder is made again.
pub fn prepare(source: &str, options: &PrepareOptions, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    prepare_in(&cache::root()?, &Entry::resolve(source)?, options, progress)
}

/// Gives the manifest of a corpus that is prepared in the default cache; `None` where it is not, or where only the hub
/// could tell what it is made of. Files are not checked, and nothing is fetched or made.
pub fn find(source: &str, options: &PrepareOptions) -> Result<Option<Manifest>> {
    let (cache, entry) = (cache::root()?, Entry::resolve(source)?);
    if matches!(entry.source, Source::HuggingFace(_)) {
        return Ok(None);
    }
    let folder = cache::prepared(&cache).join(folder_name(&cache, &entry, options, &|_| ())?);
    if folder.exists() { Manifest::read(&folder).map(Some) } else { Ok(None) }
}

/// Does what [`prepare`] does, with a given cache root and entry.
pub fn prepare_in(cache: &Path, entry: &Entry, options: &PrepareOptions, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    options.check()?;
    for warning in entry.source.warnings()? {
        progress(&format!("warning: {warning}"));
    }
    let name = folder_name(cache, entry, options, progress)?;
    let sound = |folder: &Path| Manifest::read(folder).and_then(|m| m.check_files(folder, true));
    once::make(cache, &name, &sound, &|out| make::make(cache, entry, options, out, progress), progress)
}

/// Makes the folder's name, `<id>-v<vocabulary>-l<longest>-<hash of all that decides the content>`.
fn folder_name(cache: &Path, entry: &Entry, options: &PrepareOptions, progress: &dyn Fn(&str)) -> Result<String> {
    let identity = entry.source.identity(cache, progress)?;
    let decides = serde_json::json!({
        "format": FORMAT, "source": identity, "splits": entry.splits, "options": options,
        "card": [entry.title, entry.text_licence, entry.package_licence, entry.citation, entry.notes],
    });
    let key = files::sha256(decides.to_string().as_bytes());
    Ok(format!("{}-v{}-l{}-{}", entry.id, options.vocab_size, options.longest_pair, &key[..16]))
}
