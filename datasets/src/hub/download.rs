//! Download of a pinned file into the hub's own cache layout, going on where an earlier download stopped.
//!
//! ```text
//! <hub cache>/datasets--wmt--wmt14/blobs/<SHA-256>.mos-incomplete     what has arrived so far
//! <hub cache>/datasets--wmt--wmt14/blobs/<SHA-256>                    whole, and its hash is right
//! <hub cache>/datasets--wmt--wmt14/snapshots/<commit>/<path>          a link to it
//! ```
//!
//! The name of an unfinished file is the hash of the whole one, so that bytes of two versions never meet in one file;
//! if they are wrong all the same, the hash says so and the file is removed. No other program writes to it, and the
//! processes of this program that share the hub's cache take turns by a lock in there.

use super::client::{ATTEMPTS, Hub, check};
use super::environment;
use super::http::Response;
use super::pins::{HubPin, Pinned, Repository};
use super::trouble::Trouble;
use crate::cache;
use crate::error::{Error, Result};
use hf_hub::{Cache, CacheRepo};
use mos_base::files::{self, Stored};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use ureq::http::{StatusCode, Uri};

/// How many bytes a request must have brought so that its failure does not count towards giving up.
const PROGRESS: u64 = 1 << 20;
/// How often a long download says how far it is.
const TELL: Duration = Duration::from_secs(5);

/// Where a pinned file is kept; it need not be there yet.
pub fn cached_path(pinned: &Pinned, file: &HubPin) -> PathBuf {
    repository(pinned).pointer_path(&pinned.commit).join(&file.path)
}

/// The folder of a repository in the hub's cache.
fn repository(pinned: &Pinned) -> CacheRepo {
    let (cache, name) = (Cache::new(environment::hub_cache()), pinned.dataset.clone());
    match pinned.repository {
        Repository::Dataset => cache.dataset(name),
        Repository::Model => cache.model(name),
    }
}

/// The paths of all pinned files. Those that are missing or damaged are downloaded, which is said through `progress`.
pub fn fetch(pinned: &Pinned, progress: &dyn Fn(&str)) -> Result<Vec<PathBuf>> {
    let hub = Hub::from_env()?;
    pinned.files.iter().map(|file| hub.file(pinned, file, progress)).collect()
}

/// Where the bytes of a file are kept.
fn blob(pinned: &Pinned, file: &HubPin) -> PathBuf {
    repository(pinned).blob_path(&file.sha256)
}

impl Hub {
    /// The path of one file, downloaded if it is missing or damaged.
    fn file(&self, pinned: &Pinned, file: &HubPin, progress: &dyn Fn(&str)) -> Result<PathBuf> {
        // The first look takes no lock, because a cache that holds everything may be read-only.
        let path = cached_path(pinned, file);
        if sound(&path, file, &|_| ())? {
            return Ok(path);
        }
        if environment::offline() {
            return Err(Error::Offline { what: format!("{} of {}", file.path, pinned.dataset) });
        }
        let name = format!("download-{}", &file.sha256[..16]);
        let waiting = || progress("waiting for another process that downloads the same file");
        let _lock = cache::Lock::take(&environment::hub_cache().join(".locks/mos-harness"), &name, waiting)?;
        if !sound(&path, file, progress)? {
            self.download(pinned, file, progress)?;
        }
        Ok(path)
    }

    /// Brings the file's bytes into the cache and names them there.
    fn download(&self, pinned: &Pinned, file: &HubPin, progress: &dyn Fn(&str)) -> Result<()> {
        let blob = blob(pinned, file);
        // Another program may have left the bytes, and is not trusted more than the hub.
        let stored = files::check_stored(&blob, file.bytes, &file.sha256)?;
        if matches!(stored, Stored::Damaged(_)) {
            files::remove_file(&blob)?;
        }
        if stored != Stored::Sound {
            let partial = blob.with_extension("mos-incomplete");
            files::make_folder(partial.parent().expect("a blob is in a folder"))?;
            self.complete(pinned, file, &partial, progress)?;
            accept(file, &partial, &blob)?;
        }
        link(pinned, file)
    }

    /// Fetches what is missing of the unfinished file `partial`, in as many requests as it takes.
    fn complete(&self, pinned: &Pinned, file: &HubPin, partial: &Path, progress: &dyn Fn(&str)) -> Result<()> {
        let mut out = File::options().create(true).append(true).open(partial).map_err(Error::io("open", partial))?;
        let length = |out: &File| out.metadata().map(|meta| meta.len()).map_err(Error::io("read", partial));
        if length(&out)? > file.bytes {
            out.set_len(0).map_err(Error::io("write", partial))?;
        }
        let address = self.address(pinned.repository, &pinned.dataset, &pinned.commit, &file.path)?;
        let mut failures = 0;
        loop {
            let have = length(&out)?;
            if have == file.bytes {
                return out.sync_all().map_err(Error::io("sync", partial));
            }
            let share = if have > 0 { format!(", going on at {}", megabytes(have)) } else { String::new() };
            progress(&format!("downloading {} ({}{share}) from the hub", file.path, megabytes(file.bytes)));
            let trouble = match self.rest(&address, have, file, &mut out, progress) {
                Ok(()) => Trouble::Cut,
                Err(Broken::Disk(cause)) => return Err(Error::io("write", partial)(cause)),
                Err(Broken::Hub(trouble)) => trouble,
            };
            let now = length(&out)?;
            if now == file.bytes {
                continue;
            }
            failures = if now >= have + PROGRESS { 1 } else { failures + 1 };
            if failures >= ATTEMPTS || !trouble.may_pass() {
                return Err(self.error(&file.path, &trouble));
            }
            self.wait(&trouble, failures, progress);
        }
    }

    /// Makes one request for the bytes from `have` on, and appends them to `out` as they come.
    fn rest(
        &self,
        address: &Uri,
        have: u64,
        file: &HubPin,
        out: &mut File,
        progress: &dyn Fn(&str),
    ) -> std::result::Result<(), Broken> {
        let response = self.get(address, have).map_err(Broken::Hub)?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            // The bytes that are here cannot be the start of what the store has.
            out.set_len(0).map_err(Broken::Disk)?;
            return Err(Broken::Hub(Trouble::Cut));
        }
        check(&response).map_err(Broken::Hub)?;
        let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
        if is_page {
            return Err(Broken::Hub(Trouble::NotTheHub));
        }
        if response.status() == StatusCode::PARTIAL_CONTENT {
            // An answer to another question must not touch what arrived.
            return match starts_at(&response) {
                Some(from) if from == have => copy(response, out, have, file, progress),
                _ => Err(Broken::Hub(Trouble::NotTheHub)),
            };
        }
        let length = response.headers().get(CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length != file.bytes) {
            return Err(Broken::Hub(Trouble::NotTheHub));
        }
        // A store without ranges sends the whole file, so that it begins again.
        out.set_len(0).map_err(Broken::Disk)?;
        copy(response, out, 0, file, progress)
    }
}

/// Whether a file of the hub's cache is there and its hash is right.
fn sound(path: &Path, file: &HubPin, progress: &dyn Fn(&str)) -> Result<bool> {
    let stored = files::check_stored(path, file.bytes, &file.sha256)?;
    if let Stored::Damaged(how) = &stored {
        progress(&format!("{}; downloading it again", Error::damaged(path, how)));
    }
    Ok(stored == Stored::Sound)
}

/// Why a request did not bring the rest of a file.
enum Broken {
    /// The hub gave no answer, or no right one.
    Hub(Trouble),
    /// The bytes could not be written.
    Disk(std::io::Error),
}

/// The place of the first byte of a partial answer in the file.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

/// Copies an answer to its end, or to the pinned size, so that no server can fill the disk.
fn copy(
    response: Response,
    out: &mut File,
    from: u64,
    file: &HubPin,
    progress: &dyn Fn(&str),
) -> std::result::Result<(), Broken> {
    let mut body = response.into_body().into_reader().take(file.bytes - from);
    let mut buffer = vec![0u8; 1 << 16];
    let (mut done, started, mut told) = (from, Instant::now(), Instant::now());
    loop {
        let n = body.read(&mut buffer).map_err(|e| Broken::Hub(read_trouble(e)))?;
        if n == 0 {
            return Ok(());
        }
        out.write_all(&buffer[..n]).map_err(Broken::Disk)?;
        done += n as u64;
        if told.elapsed() >= TELL {
            told = Instant::now();
            let rate = (done - from) as f64 / 1e6 / started.elapsed().as_secs_f64();
            let percent = 100 * done / file.bytes;
            progress(&format!(
                "{}: {} of {} ({percent}%), {rate:.1} MB/s",
                file.path,
                megabytes(done),
                megabytes(file.bytes)
            ));
        }
    }
}

/// Why the body of an answer could not be read to its end.
fn read_trouble(error: std::io::Error) -> Trouble {
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => Trouble::Silent,
        _ => Trouble::Cut,
    }
}

/// Checks the hash with our own code and gives the file its name; wrong bytes are removed.
fn accept(file: &HubPin, partial: &Path, blob: &Path) -> Result<()> {
    let found = files::sha256_file(partial)?;
    if found != file.sha256 {
        files::remove_file(partial)?;
        return Err(Error::WrongDownload { file: file.path.clone(), expected: file.sha256.clone(), found });
    }
    Ok(files::rename_synced(partial, blob)?)
}

/// Makes `snapshots/<commit>/<path>` a link to the blob, relative, so that the cache can be moved.
fn link(pinned: &Pinned, file: &HubPin) -> Result<()> {
    let path = cached_path(pinned, file);
    files::make_folder(path.parent().expect("a file is in a folder"))?;
    let up = "../".repeat(file.path.split('/').count() + 1);
    files::remove_file(&path)?;
    std::os::unix::fs::symlink(format!("{up}blobs/{}", file.sha256), &path).map_err(Error::io("link", &path))
}

/// A size in words, for messages.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
