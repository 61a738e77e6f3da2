//! Files are hashed here, and written so that a file appears whole or not at all.

use sha2::{Digest, Sha256};
use std::fs::{File, Permissions};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A file's error says what the operating system refused to do with it.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {path}: {cause}")]
pub struct FileError {
    /// What was to be done, as a verb: `read`, `write`, ...
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// The answer of the operating system. It is part of the message, and therefore not the error's source, which
    /// would print it twice.
    pub cause: Error,
}

impl FileError {
    /// Makes an error of the operating system name its file, for `map_err`.
    pub fn on(action: &'static str, path: &Path) -> impl FnOnce(Error) -> FileError {
        let path = path.to_path_buf();
        move |cause| FileError { action, path, cause }
    }
}

/// This says what became of a stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// There is no such file.
    Absent,
    /// The file has the expected bytes.
    Sound,
    /// The file is truncated or altered; the text says how that shows.
    Damaged(String),
}

/// Computes the SHA-256 of some bytes, in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Computes the SHA-256 of a file, in lower-case hex.
pub fn sha256_file(path: &Path) -> Result<String, FileError> {
    Ok(hex(&digest_file(path)?))
}

/// Computes the SHA-256 of a file, which is read in pieces, so that its size does not matter.
pub fn digest_file(path: &Path) -> Result<[u8; 32], FileError> {
    let mut file = File::open(path).map_err(FileError::on("open", path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(FileError::on("read", path))?;
        if n == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(&buffer[..n]);
    }
}

/// Writes bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Compares a stored file with the size and the SHA-256 that it should have.
pub fn check_stored(path: &Path, bytes: u64, sha256: &str) -> Result<Stored, FileError> {
    let Ok(meta) = std::fs::metadata(path) else { return Ok(Stored::Absent) };
    if meta.len() != bytes {
        return Ok(Stored::Damaged(format!("it has {} bytes, expected {bytes}", meta.len())));
    }
    let found = sha256_file(path)?;
    if found != sha256 {
        return Ok(Stored::Damaged(format!("it has SHA-256 {found}, expected {sha256}")));
    }
    Ok(Stored::Sound)
}

/// Writes a new file and syncs it to disk, for a file in a folder that is renamed as a whole afterwards.
pub fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = File::create(path).map_err(FileError::on("create", path))?;
    file.write_all(bytes).map_err(FileError::on("write", path))?;
    file.sync_all().map_err(FileError::on("sync", path))
}

/// Writes a file whole or not at all: to a temporary name of its own in the same folder, synced, then renamed. The
/// caller knows what the file is for, and says so in its error.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write_atomic_by(path, |temporary| std::fs::write(temporary, bytes))
}

/// Does what [`write_atomic`] does for a writer that takes a path, at which it finds an empty file.
pub fn write_atomic_by<E: From<Error>>(path: &Path, write: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    let folder = folder_of(path);
    std::fs::create_dir_all(folder)?;
    let file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(folder)?;
    write(file.path())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    // The rename itself must survive a power cut, too.
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Renames a file or folder and syncs the folder that holds it, so that the rename outlives a power cut.
pub fn rename_synced(from: &Path, to: &Path) -> Result<(), FileError> {
    std::fs::rename(from, to).map_err(FileError::on("rename to", to))?;
    let folder = folder_of(to);
    let opened = File::open(folder).map_err(FileError::on("open", folder))?;
    opened.sync_all().map_err(FileError::on("sync", folder))
}

/// Gives the folder that holds a path, which is the current one for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and its parents.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(path).map_err(FileError::on("create the folder", path))
}

/// Removes a file, if it is there.
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    gone(path, std::fs::remove_file(path))
}

/// Removes a folder with all in it, if it is there.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    gone(path, std::fs::remove_dir_all(path))
}

fn gone(path: &Path, removed: Result<(), Error>) -> Result<(), FileError> {
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(FileError::on("remove", path)(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_match_the_standard() {
        // The expected hash is that of FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("abc");
        write_synced(&path, b"abc").unwrap();
        assert_eq!(sha256_file(&path).unwrap(), abc);
    }

    #[test]
    fn a_missing_file_is_named_once() {
        let error = sha256_file(Path::new("no/such/file")).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot open no/such/file: {}", error.cause));
        assert!(std::error::Error::source(&error).is_none());
    }

    #[test]
    fn what_became_of_a_stored_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stored");
        let check = || check_stored(&path, 4, &sha256(b"good")).unwrap();
        assert_eq!(check(), Stored::Absent);
        std::fs::write(&path, "good").unwrap();
        assert_eq!(check(), Stored::Sound);
        for (bad, detail) in [("goo", "3 bytes, expected 4"), ("goad", "it has SHA-256"), ("", "0 bytes")] {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(check(), Stored::Damaged(how) if how.contains(detail)), "{bad}");
        }
    }

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/folder/file");
        write_atomic(&path, b"first").unwrap();
        let failed = write_atomic_by(&path, |temporary| {
            std::fs::write(temporary, "half")?;
            Err(Error::other("the writer gave up"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        let names = || std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(names(), 1, "no temporary file is left");
        rename_synced(&path, &path.with_extension("renamed")).unwrap();
        assert_eq!(names(), 1);
    }

    #[test]
    fn removing_what_is_not_there_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a/b");
        make_folder(&folder).unwrap();
        let file = folder.join("c");
        std::fs::write(&file, "").unwrap();
        for _ in 0..2 {
            remove_file(&file).unwrap();
            remove_folder(&folder).unwrap();
        }
        std::fs::write(&folder, "").unwrap();
        let message = make_folder(&folder).unwrap_err().to_string();
        assert!(message.starts_with("cannot create the folder "), "{message}");
    }
}
