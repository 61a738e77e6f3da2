//! An install is made in the cache whole or not at all, also when two processes do it at once.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::fetch::Fetch;
use super::marker;
use super::recipe::{Pin, Recipe, VERSION};
use super::wheel::{self, Extracted};
use locks::Attempt;

// Corpora are locked in the same cache in the same way.
#[path = "../../../datasets/base/src/locks.rs"]
mod locks;

/// The name of unfinished work starts with this; a process that was killed leaves one behind.
const UNFINISHED: &str = ".unfinished-";

/// An installer makes installs in a cache folder.
pub struct Installer<'a> {
    /// The cache root.
    pub cache: &'a Path,
    /// Brings the wheels.
    pub fetch: &'a dyn Fetch,
    /// Tells the bytes free on the disk of a folder.
    pub free_bytes: fn(&Path) -> Result<u64>,
}

impl Installer<'_> {
    /// Gives the folder of a whole install, which is made if it is not there or broken.
    pub fn provide(&self, recipe: &Recipe) -> Result<PathBuf> {
        let shelf = self.cache.join("libtorch");
        fs::create_dir_all(&shelf)
            .with_context(|| format!("cannot make {}; MOS_CACHE names another place", shelf.display()))?;
        let _lock = lock(&shelf)?;
        let folder = shelf.join(recipe.folder());
        if folder.symlink_metadata().is_ok() {
            match marker::check_full(&folder, recipe) {
                Ok(()) => return Ok(folder),
                Err(why) => eprintln!("{} is broken ({why}): installing it again", folder.display()),
            }
        }
        remove_unfinished(&shelf)?;
        self.check_space(&shelf, recipe)?;
        let work = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&shelf)?;
        let wheels = self.fetch_verified(recipe, work.path())?;
        let built = work.path().join("install");
        build(recipe, &wheels, &built)?;
        replace(&folder, &built, work)?;
        Ok(folder)
    }

    fn check_space(&self, shelf: &Path, recipe: &Recipe) -> Result<()> {
        let free = (self.free_bytes)(shelf)?;
        if free < recipe.bytes {
            bail!(
                "not enough disk space for libtorch ({}): {} needs {:.1} GB free while installing and has {:.1} GB; \
                 free some, or name a folder on another disk with MOS_CACHE",
                recipe.flavour.name(),
                shelf.display(),
                recipe.bytes as f64 / 1e9,
                free as f64 / 1e9
            );
        }
        Ok(())
    }

    /// Gives the wheels, each with its pinned hash. A broken download is thrown away and fetched again whole, once.
    fn fetch_verified(&self, recipe: &Recipe, work: &Path) -> Result<Vec<PathBuf>> {
        eprintln!("fetching libtorch {VERSION} ({}), {} wheels", recipe.flavour.name(), recipe.pins.len());
        let wheels = work.join("wheels");
        for again in [true, false] {
            fs::create_dir(&wheels)?;
            let problem = if self.fetch.fetch(&recipe.pins, &wheels)? {
                let found: Result<Vec<PathBuf>, String> =
                    recipe.pins.iter().map(|pin| verified(pin, &wheels)).collect();
                match found {
                    Ok(found) => return Ok(found),
                    Err(problem) => problem,
                }
            } else {
                "a download was altered or cut short".to_string()
            };
            if !again {
                bail!("{problem}, twice: check the network and the package index that pip uses, then run it again");
            }
            eprintln!("{problem}: fetching again");
            fs::remove_dir_all(&wheels)?;
        }
        unreachable!("the second round returns")
    }
}

/// Gives the wheel of `pin` in `folder`, or what is wrong with it.
fn verified(pin: &Pin, folder: &Path) -> Result<PathBuf, String> {
    let prefix = pin.wheel_prefix();
    let entries = fs::read_dir(folder).map_err(|error| error.to_string())?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let name = names.into_iter().find(|name| name.to_lowercase().starts_with(&prefix) && name.ends_with(".whl"));
    let path = folder.join(name.ok_or_else(|| format!("no wheel of {} came", pin.name))?);
    match wheel::hash_file(&path) {
        Ok(found) if found == pin.sha256 => Ok(path),
        Ok(found) => Err(format!("{} has SHA-256 {found}, pinned is {}", path.display(), pin.sha256)),
        Err(error) => Err(format!("{error:#}")),
    }
}

fn build(recipe: &Recipe, wheels: &[PathBuf], into: &Path) -> Result<()> {
    eprintln!("extracting libtorch");
    let mut files: Vec<Extracted> = Vec::new();
    for path in wheels {
        files.extend(wheel::extract(path, into, recipe.place)?);
        fs::remove_file(path)?;
    }
    if let Some(missing) = recipe.required.iter().find(|path| !files.iter().any(|file| file.path == **path)) {
        bail!("the pinned wheels hold no {missing}; this is a fault of the pins");
    }
    for (path, target) in recipe.links {
        symlink(target, into.join(path)).with_context(|| format!("cannot link {path}"))?;
    }
    // torch-sys reads the version here.
    fs::write(recipe.home(into).join("build-version"), VERSION)?;
    for file in files.iter().filter(|file| file.path.contains(".so")) {
        File::open(into.join(&file.path))?.sync_all()?;
    }
    marker::write(into, recipe, &files)
}

/// Puts `built` in the place of `folder`; what stood there goes away with `work`.
fn replace(folder: &Path, built: &Path, work: TempDir) -> Result<()> {
    if folder.symlink_metadata().is_ok() {
        fs::rename(folder, work.path().join("broken"))
            .with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::rename(built, folder).with_context(|| format!("cannot make {}", folder.display()))?;
    work.close().context("cannot remove the downloads")
}

/// Takes the lock by which only one process installs at a time; the kernel drops it when its owner dies.
fn lock(shelf: &Path) -> Result<File> {
    let path = shelf.join(".lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let failed = || format!("cannot lock {}; MOS_CACHE names another place", path.display());
    match locks::attempt(&file).with_context(failed)? {
        Attempt::Held => {}
        Attempt::Busy => {
            eprintln!("waiting for another process that installs libtorch");
            file.lock().with_context(failed)?;
        }
        Attempt::Unknown => {
            if let Some(warning) = locks::warning(shelf, ", or set MOS_CACHE to a folder on another disk") {
                eprintln!("{warning}");
            }
        }
    }
    Ok(file)
}

/// Removes unfinished work. It is called under the lock, so that no install works there. A pip that outlived its killed
/// parent may still write in one; what cannot be removed for that reason goes at the next install.
fn remove_unfinished(shelf: &Path) -> Result<()> {
    for entry in fs::read_dir(shelf).with_context(|| format!("cannot read {}", shelf.display()))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Gives the bytes free for this user on the disk that holds `folder`.
pub fn free_bytes(folder: &Path) -> Result<u64> {
    let disk =
        rustix::fs::statvfs(folder).with_context(|| format!("cannot ask for free space at {}", folder.display()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
#[path = "install_tests.rs"]
mod tests;
