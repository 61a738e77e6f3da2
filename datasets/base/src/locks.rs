//! Locks on files, where the file system knows them. Some network shares and mounts don't; work goes on there without,
//! and the user is told once what to take care of.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The numbers of the answers "no locks available", which NFS gives without its lock daemon, and "no such call".
const NO_LOCKS: [i32; 2] = [37, 38];

/// What became of an attempt to lock a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// This process holds the lock until it closes the file.
    Held,
    /// Another process holds it.
    Busy,
    /// The file system knows no locks.
    Unknown,
}

/// Tries to lock a file, without waiting.
///
/// # Errors
/// Gives what the system says of any other trouble.
pub fn attempt(file: &File) -> io::Result<Attempt> {
    judge(file.try_lock())
}

fn judge(answer: Result<(), TryLockError>) -> io::Result<Attempt> {
    match answer {
        Ok(()) => Ok(Attempt::Held),
        Err(TryLockError::WouldBlock) => Ok(Attempt::Busy),
        Err(TryLockError::Error(error)) if is_unknown(&error) => Ok(Attempt::Unknown),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn is_unknown(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported || error.raw_os_error().is_some_and(|number| NO_LOCKS.contains(&number))
}

/// Gives the warning that a folder cannot be locked; `None` if it was given for this folder before.
pub fn warning(folder: &Path, way_out: &str) -> Option<String> {
    static WARNED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let first = WARNED.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(folder.to_path_buf());
    first.then(|| {
        format!(
            "warning: the file system of {} knows no locks: let one process at a time work there{way_out}",
            folder.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_is_no_failure() {
        for number in [37, 38, 95] {
            let answer = Err(TryLockError::Error(io::Error::from_raw_os_error(number)));
            assert_eq!(judge(answer).unwrap(), Attempt::Unknown, "{number}");
        }
        assert!(judge(Err(TryLockError::Error(io::Error::from_raw_os_error(5)))).is_err());
        assert_eq!(judge(Err(TryLockError::WouldBlock)).unwrap(), Attempt::Busy);
        assert_eq!(judge(Ok(())).unwrap(), Attempt::Held);
    }

    #[test]
    fn a_folder_is_warned_of_once() {
        let warn = |folder: &str| warning(Path::new(folder), ", or set MOS_CACHE to another folder");
        assert!(warn("/shared/one").unwrap().contains("/shared/one knows no locks"));
        assert_eq!(warn("/shared/one"), None);
        assert!(warn("/shared/two").unwrap().ends_with("set MOS_CACHE to another folder"));
    }
}
