//! Downloads and prepared corpora are kept in the cache, and locks let two processes share it.

use crate::error::{Error, Result};
use mos_base::files;
use mos_base::locks::{self, Attempt};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Gives the root of the cache, which is `$MOS_CACHE`, else `$XDG_CACHE_HOME/mos-harness`, else `~/.cache/mos-harness`.
pub fn root() -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let root = set("MOS_CACHE")
        // The XDG specification says that a relative path in the variable is ignored.
        .or_else(|| set("XDG_CACHE_HOME").filter(|p| p.is_absolute()).map(|p| p.join("mos-harness")))
        .or_else(|| set("HOME").map(|p| p.join(".cache/mos-harness")));
    let root = root.ok_or_else(|| Error::Option {
        option: "MOS_CACHE",
        detail: "set it to a folder for downloads and prepared data; HOME is not set either".into(),
    })?;
    std::path::absolute(&root).map_err(Error::io("resolve", &root))
}

/// Gives the folder of downloaded files.
pub fn downloads(root: &Path) -> PathBuf {
    root.join("downloads")
}

/// Gives the folder of prepared corpora.
pub fn prepared(root: &Path) -> PathBuf {
    root.join("prepared")
}

/// An exclusive lock on one name, held until dropped; the operating system frees it when its process dies.
#[derive(Debug)]
pub struct Lock {
    // Nothing reads the file: it is kept open because the lock ends with it.
    _file: File,
}

impl Lock {
    /// Takes the lock `name`, and waits for another process that holds it; `waiting` is called once before a wait. Where
    /// the file system knows no locks, the user is warned and work goes on without one.
    ///
    /// The empty lock file stays: removing it would let a third process lock a new file of the same name.
    pub fn take(root: &Path, name: &str, waiting: impl FnOnce()) -> Result<Lock> {
        let folder = root.join("locks");
        files::make_folder(&folder)?;
        let path = folder.join(format!("{name}.lock"));
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(Error::io("open", &path))?;
        match locks::attempt(&file).map_err(Error::io("lock", &path))? {
            Attempt::Held => {}
            Attempt::Busy => {
                waiting();
                file.lock().map_err(Error::io("lock", &path))?;
            }
            Attempt::Unknown => {
                let way_out = ", or set MOS_CACHE (for downloads from the hub: HF_HOME) to a folder on another disk";
                if let Some(warning) = locks::warning(&folder, way_out) {
                    eprintln!("{warning}");
                }
            }
        }
        Ok(Lock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_lock_is_exclusive_until_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let inside = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let _lock = Lock::take(dir.path(), "x", || {}).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
    }
}
