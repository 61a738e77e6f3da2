//! Makes sure that one process at a time owns a run.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mos_base::locks::{self, Attempt};

/// A held lock. The kernel frees it when the owner ends, however it ends, so a dead owner's lock is simply taken.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock file `path`, or names its owner. Where the file system knows no locks, the user is warned, and nothing
/// is held.
///
/// # Errors
/// Fails if another live process holds it.
pub fn take(path: &Path, what: &str) -> Result<Lock> {
    match try_take(path)? {
        Ok(lock) => Ok(lock),
        Err(owner) => bail!(
            "{what} is in use by process {owner}; wait until it ends or stop it with `kill {owner}` (it saves its \
             progress), or choose another name with --run"
        ),
    }
}

/// Takes the lock file, waiting for its owner to end for at most `patience`.
pub fn take_patiently(path: &Path, what: &str, patience: Duration) -> Result<Lock> {
    let start = Instant::now();
    loop {
        match try_take(path)? {
            Ok(lock) => return Ok(lock),
            Err(owner) if start.elapsed() > patience => bail!("{what} is in use by process {owner}, which won't end"),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Names the process that holds the lock now, if any.
pub fn owner(path: &Path) -> Option<String> {
    if !path.exists() {
        return None;
    }
    try_take(path).ok()?.err()
}

fn try_take(path: &Path) -> Result<std::result::Result<Lock, String>> {
    let open = || -> std::io::Result<std::result::Result<Lock, String>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match locks::attempt(&file)? {
            Attempt::Held => {}
            Attempt::Busy => {
                let mut owner = String::new();
                file.read_to_string(&mut owner)?;
                let owner = owner.trim();
                return Ok(Err(if owner.is_empty() { "?".to_string() } else { owner.to_string() }));
            }
            Attempt::Unknown => {
                let folder = path.parent().unwrap_or(path);
                if let Some(warning) = locks::warning(folder, "") {
                    eprintln!("{warning}");
                }
            }
        }
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Ok(Lock { _file: file }))
    };
    open().with_context(|| format!("could not lock {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_owner_is_named_and_a_dead_ones_lock_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        assert_eq!(owner(&path), None);
        let held = take(&path, "run x").unwrap();
        let error = take(&path, "run x").unwrap_err().to_string();
        let pid = std::process::id().to_string();
        assert!(error.contains("run x is in use") && error.contains(&pid), "{error}");
        assert_eq!(owner(&path), Some(pid));
        drop(held);
        // A killed owner leaves the file with its pid, unlocked.
        std::fs::write(&path, "4194304\n").unwrap();
        take(&path, "run x").unwrap();
    }

    #[test]
    fn patience_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let _held = take(&path, "job").unwrap();
        assert!(take_patiently(&path, "job", Duration::from_millis(150)).is_err());
    }
}
