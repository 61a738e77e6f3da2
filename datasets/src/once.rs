//! A prepared folder is made once: under another name, and renamed when it is complete, so that a killed preparation
//! leaves nothing that could be mistaken for data.

use crate::cache;
use crate::error::Result;
use mos_base::files;
use std::path::{Path, PathBuf};

/// Gives the prepared folder of this name, and makes it where it is missing.
///
/// `sound` checks a folder that is there; one that is damaged is named through `progress` and made again. `make` writes
/// all files into the folder that it is given. Two processes may ask at once: the second waits and finds it done.
pub fn make(
    cache: &Path,
    name: &str,
    sound: &dyn Fn(&Path) -> Result<()>,
    make: &dyn Fn(&Path) -> Result<()>,
    progress: &dyn Fn(&str),
) -> Result<PathBuf> {
    let folder = cache::prepared(cache).join(name);
    let _lock =
        cache::Lock::take(cache, name, || progress("waiting for another process that prepares the same corpus"))?;
    let partial = cache::prepared(cache).join(format!(".partial-{name}"));
    files::remove_folder(&partial)?;
    if folder.exists() {
        match sound(&folder) {
            Ok(()) => return Ok(folder),
            Err(e) => progress(&format!("{e}; preparing it again")),
        }
    }
    files::make_folder(&partial)?;
    if let Err(e) = make(&partial) {
        // What a killed process leaves in its place is removed by the next call.
        files::remove_folder(&partial)?;
        return Err(e);
    }
    files::remove_folder(&folder)?;
    files::rename_synced(&partial, &folder)?;
    Ok(folder)
}
