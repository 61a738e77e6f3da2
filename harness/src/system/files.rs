//! Writes files whole or not at all, and looks after the space they need.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use mos_base::files;

/// Writes a file whole or not at all, with an error that says what could not be written.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    files::write_atomic(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

/// Copies a file, whole or not at all.
pub fn copy_atomic(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("could not read {}", from.display()))?;
    write_atomic(to, &bytes)
}

/// Counts the bytes of all files under a folder (0 where it does not exist).
pub fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => folder_bytes(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

/// Returns the bytes that are free for this user on the file system of `path` (or of its nearest existing parent).
pub fn free_bytes(path: &Path) -> Result<u64> {
    let existing = path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/"));
    let stat = nix::sys::statvfs::statvfs(existing)
        .with_context(|| format!("could not ask for the free space of {}", existing.display()))?;
    Ok(stat.blocks_available() as u64 * stat.fragment_size() as u64)
}

/// Refuses to start work that would fill the disk.
pub fn require_space(path: &Path, bytes: u64) -> Result<()> {
    let free = free_bytes(path)?;
    if bytes > free {
        anyhow::bail!(
            "not enough disk space: {} needs about {} and {} is free; free some (`cargo xtask runs clean`) and run \
             the same command again",
            path.display(),
            indicatif::HumanBytes(bytes),
            indicatif::HumanBytes(free),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_atomic_write_replaces_the_file_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/a.txt");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(folder_bytes(folder.path()), 3);
    }

    #[test]
    fn too_little_disk_space_is_refused_before_work_starts() {
        let folder = tempfile::tempdir().unwrap();
        require_space(&folder.path().join("not/there/yet"), 1).unwrap();
        let error = require_space(folder.path(), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("not enough disk space") && error.contains("runs clean"), "{error}");
    }
}
