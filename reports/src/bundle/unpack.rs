//! Unpacks a bundle that may come from anywhere: nothing is written outside the folder, and nothing larger than a run.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use zip::ZipArchive;

use super::files::is_within;
use crate::error::{Error, Result};

/// A bundle holds no more files than this.
const MOST_FILES: usize = 200_000;
/// A file of a bundle is no larger than this, in bytes.
const LARGEST: u64 = 1 << 30;
/// All files of a bundle together are no larger than this, in bytes.
const MOST_BYTES: u64 = 8 << 30;
/// The bits of a Unix mode that say what kind of file it is.
const KIND: u32 = 0o170_000;
/// Those bits of a link.
const LINK: u32 = 0o120_000;

/// Tells whether a path is an archive and no folder.
pub fn is_bundle(path: &Path) -> bool {
    path.is_file()
}

/// Unpacks a bundle into an empty folder.
///
/// # Errors
/// This fails when it is no archive, is truncated or damaged, or holds what a bundle does not: a path that leads out of
/// the folder, a link, two files of one name, or too many or too large files. The error names the entry.
pub fn unpack(bundle: &Path, folder: &Path) -> Result<()> {
    let file = fs::File::open(bundle).map_err(Error::io(bundle))?;
    let refuse = |reason: String| Error::input(bundle, reason);
    let mut archive = ZipArchive::new(std::io::BufReader::new(file))
        .map_err(|error| refuse(format!("it is no bundle, or it is cut: {error}")))?;
    if archive.len() > MOST_FILES {
        return Err(refuse(format!("it holds {} files, a bundle has {MOST_FILES} at most", archive.len())));
    }
    let mut written = 0_u64;
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).map_err(|error| refuse(format!("entry {i} can't be read: {error}")))?;
        let name = entry.name().map_err(|error| refuse(format!("entry {i} has no name: {error}")))?.into_owned();
        if entry.unix_mode().is_some_and(|mode| mode & KIND == LINK) {
            return Err(refuse(format!("`{name}` is a link, which no bundle has")));
        }
        if entry.is_dir() {
            continue;
        }
        if !is_within(&name) {
            return Err(refuse(format!("`{name}` leads out of the bundle")));
        }
        let path = folder.join(&name);
        if path.exists() {
            return Err(refuse(format!("`{name}` stands in it twice")));
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
        }
        let mut out = fs::File::create(&path).map_err(Error::io(&path))?;
        written += copy(&mut entry, &mut out).map_err(|reason| refuse(format!("`{name}`: {reason}")))?;
        if written > MOST_BYTES {
            return Err(refuse(format!("it unpacks to more than {} GiB, which no run does", MOST_BYTES >> 30)));
        }
    }
    Ok(())
}

/// Copies an entry, whatever size it says it has.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::result::Result<u64, String> {
    let copied =
        std::io::copy(&mut from.take(LARGEST + 1), to).map_err(|error| format!("it is damaged or cut: {error}"))?;
    if copied > LARGEST { Err(format!("it is larger than {} GiB", LARGEST >> 30)) } else { Ok(copied) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::PathBuf;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Writes an archive of these entries.
    fn archive(folder: &Path, entries: &[&str]) -> PathBuf {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"text").unwrap();
        }
        let path = folder.join("bundle.zip");
        fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
        path
    }

    fn unpacked(entries: &[&str]) -> (Result<()>, tempfile::TempDir) {
        let root = tempfile::tempdir().unwrap();
        let bundle = archive(root.path(), entries);
        let folder = root.path().join("in/here");
        fs::create_dir_all(&folder).unwrap();
        (unpack(&bundle, &folder), root)
    }

    #[test]
    fn plain_files_come_out_and_nothing_leaves_the_folder() {
        let (result, root) = unpacked(&["run.toml", "jobs/1/job.json"]);
        result.unwrap();
        assert_eq!(fs::read(root.path().join("in/here/jobs/1/job.json")).unwrap(), b"text");
        for name in ["../out", "/etc/out", "jobs/../../../out", "a\\..\\out"] {
            let (result, root) = unpacked(&[name]);
            let error = result.unwrap_err().to_string();
            assert!(error.contains("leads out of the bundle"), "{error}");
            assert!(!root.path().join("out").exists() && !root.path().join("in/out").exists());
        }
    }

    #[test]
    fn links_and_cut_archives_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.add_symlink("run.toml", "/etc/hostname", SimpleFileOptions::default()).unwrap();
        let path = root.path().join("link.zip");
        fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
        let error = unpack(&path, &root.path().join("y")).unwrap_err().to_string();
        assert!(error.contains("`run.toml` is a link"), "{error}");
        let bundle = archive(root.path(), &["run.toml", "b"]);
        let good = fs::read(&bundle).unwrap();
        for length in [0, 1, good.len() / 2, good.len() - 1] {
            fs::write(&bundle, &good[..length]).unwrap();
            let error = unpack(&bundle, &root.path().join("x")).unwrap_err().to_string();
            assert!(error.contains("bundle.zip") && !error.contains('\n'), "{error}");
        }
    }
}
