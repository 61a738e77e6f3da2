//! Files: hashing, and writing so that a file appears whole or not at all.

use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// SHA-256 of some bytes, in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of a file, in lower-case hex, read in pieces.
pub fn sha256_file(path: &Path) -> Result<String> {
    Ok(hex(&digest_file(path)?))
}

/// SHA-256 of a file, read in pieces.
pub fn digest_file(path: &Path) -> Result<[u8; 32]> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(Error::io("read", path))?;
        if n == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(&buffer[..n]);
    }
}

/// Checks a downloaded file: `Ok(false)` when there is none, an error that names it when it is truncated or altered.
pub fn check_stored(path: &Path, bytes: u64, sha256: &str) -> Result<bool> {
    let Ok(meta) = std::fs::metadata(path) else { return Ok(false) };
    if meta.len() != bytes {
        return Err(Error::damaged(path, format!("it has {} bytes, expected {bytes}", meta.len())));
    }
    let found = sha256_file(path)?;
    if found != sha256 {
        return Err(Error::damaged(path, format!("it has SHA-256 {found}, expected {sha256}")));
    }
    Ok(true)
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Writes a new file and syncs it to disk. For files in a folder that is renamed as a whole afterwards.
pub fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(Error::io("create", path))?;
    file.write_all(bytes).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))
}

/// Writes a file whole or not at all: to a temporary name of its own in the same folder, synced, then renamed. The caller
/// knows what the file is for, and says so in its error.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write_atomic_by(path, |temporary| std::fs::write(temporary, bytes))
}

/// As [`write_atomic`], for a writer that takes a path: it finds an empty file there.
pub fn write_atomic_by<E: From<std::io::Error>>(
    path: &Path,
    write: impl FnOnce(&Path) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .permissions(std::fs::Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    write(file.path())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    // The rename itself must survive a power cut, too.
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Renames a file or folder and syncs the folder that holds it, so that the rename outlives a power cut.
pub fn rename_synced(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(Error::io("rename to", to))?;
    let parent = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(parent).map_err(Error::io("open", parent))?;
    folder.sync_all().map_err(Error::io("sync", parent))
}

/// Removes a folder with all in it, if it is there.
pub fn remove_folder(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_match_the_standard() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        write_synced(&path, b"abc").unwrap();
        assert_eq!(sha256_file(&path).unwrap(), abc);
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = sha256_file(Path::new("no/such/file")).unwrap_err().to_string();
        assert!(message.contains("no/such/file"), "{message}");
    }
}
