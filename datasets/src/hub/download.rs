//! Download of a pinned file into the hub's own cache layout, going on where an earlier download stopped.
//!
//! ```text
//! <hub cache>/datasets--wmt--wmt14/blobs/<SHA-256>.mos-incomplete     what has arrived so far
//! <hub cache>/datasets--wmt--wmt14/blobs/<SHA-256>                    whole, and its hash is right
//! <hub cache>/datasets--wmt--wmt14/snapshots/<commit>/<path>          a link to it
//! ```
//!
//! The name of an unfinished file is the hash of the whole one, so that bytes of two versions never meet in one file;
//! if they are wrong all the same, the hash says so and the file is removed. No other program writes to it; processes of this
//! one that share the hub's cache take turns by a lock in there.

use super::pins::{HubPin, Pinned};
use super::{Hub, Trouble, check};
use crate::{Error, Result, cache, hub, storage};
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bytes that a request must have brought so that its failure does not count towards giving up.
const PROGRESS: u64 = 1 << 20;
/// How often a long download says how far it is.
const TELL: Duration = Duration::from_secs(5);

/// Where a pinned file is kept; it need not be there yet.
pub fn cached_path(pinned: &Pinned, file: &HubPin) -> PathBuf {
    repository(&pinned.dataset).join("snapshots").join(&pinned.commit).join(&file.path)
}

fn repository(dataset: &str) -> PathBuf {
    hf_hub::resolve_cache_dir().join(format!("datasets--{}", dataset.replace('/', "--")))
}

/// The paths of all pinned files, those downloaded that are missing or damaged (which is said through `progress`).
pub fn fetch(pinned: &Pinned, progress: &dyn Fn(&str)) -> Result<Vec<PathBuf>> {
    let hub = Hub::from_env()?;
    pinned.files.iter().map(|file| hub.file(pinned, file, progress)).collect()
}

fn blob(pinned: &Pinned, file: &HubPin) -> PathBuf {
    repository(&pinned.dataset).join("blobs").join(&file.sha256)
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

impl Hub {
    /// The path of one file, downloaded if it is missing or damaged.
    fn file(&self, pinned: &Pinned, file: &HubPin, progress: &dyn Fn(&str)) -> Result<PathBuf> {
        // First without the lock: a cache that holds everything may be read-only.
        if let Some(path) = self.sound(pinned, file, &|_| ())? {
            return Ok(path);
        }
        if hub::offline() {
            return Err(Error::Offline { what: format!("{} of {}", file.path, pinned.dataset) });
        }
        let name = format!("download-{}", &file.sha256[..16]);
        let waiting = || progress("waiting for another process that downloads the same file");
        let _lock = cache::Lock::take(&hf_hub::resolve_cache_dir().join(".locks/mos-harness"), &name, waiting)?;
        if let Some(path) = self.sound(pinned, file, progress)? {
            return Ok(path);
        }
        self.download(pinned, file, progress)?;
        Ok(cached_path(pinned, file))
    }

    /// The file in the hub's cache, if its hash is right.
    fn sound(&self, pinned: &Pinned, file: &HubPin, progress: &dyn Fn(&str)) -> Result<Option<PathBuf>> {
        let Some(path) = self.local(&pinned.dataset, &pinned.commit, &file.path) else { return Ok(None) };
        match storage::check_stored(&path, file.bytes, &file.sha256) {
            Ok(whole) => Ok(whole.then_some(path)),
            Err(e @ Error::Damaged { .. }) => {
                progress(&format!("{e}; downloading it again"));
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    fn download(&self, pinned: &Pinned, file: &HubPin, progress: &dyn Fn(&str)) -> Result<()> {
        let blob = blob(pinned, file);
        // Another program may have left it, and is not trusted more than the hub.
        let there = match storage::check_stored(&blob, file.bytes, &file.sha256) {
            Err(Error::Damaged { .. }) => remove(&blob).map(|()| false)?,
            checked => checked?,
        };
        if !there {
            let partial = blob.with_extension("mos-incomplete");
            cache::make_folder(partial.parent().expect("a blob is in a folder"))?;
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
        let mut failures = 0;
        loop {
            let have = length(&out)?;
            if have == file.bytes {
                return out.sync_all().map_err(Error::io("sync", partial));
            }
            let share = if have > 0 { format!(", going on at {}", megabytes(have)) } else { String::new() };
            progress(&format!("downloading {} ({}{share}) from the hub", file.path, megabytes(file.bytes)));
            let address = self.address(&pinned.dataset, &pinned.commit, &file.path);
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
            if failures >= super::ATTEMPTS || !trouble.may_pass() {
                return Err(self.error(&file.path, &trouble));
            }
            self.wait(&trouble, failures, progress);
        }
    }

    /// One request for the bytes from `have` on, appended to `out` as they come.
    fn rest(
        &self,
        address: &str,
        have: u64,
        file: &HubPin,
        out: &mut File,
        progress: &dyn Fn(&str),
    ) -> std::result::Result<(), Broken> {
        let mut request = self.authorised(self.follow.get(address));
        if have > 0 {
            request = request.header(RANGE, format!("bytes={have}-"));
        }
        let response = request.send().map_err(|e| Broken::Hub(e.into()))?;
        if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            // What is here is no start of what the store has.
            out.set_len(0).map_err(Broken::Disk)?;
            return Err(Broken::Hub(Trouble::Cut));
        }
        check(&response).map_err(Broken::Hub)?;
        let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
        if is_page {
            return Err(Broken::Hub(Trouble::NotTheHub));
        }
        if response.status() == StatusCode::PARTIAL_CONTENT {
            // What arrived stays untouched by an answer to another question.
            return match starts_at(&response) {
                Some(from) if from == have => copy(response, out, have, file, progress),
                _ => Err(Broken::Hub(Trouble::NotTheHub)),
            };
        }
        let length = response.headers().get(CONTENT_LENGTH).and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length != file.bytes) {
            return Err(Broken::Hub(Trouble::NotTheHub));
        }
        // A store without ranges sends the whole: begin again.
        out.set_len(0).map_err(Broken::Disk)?;
        copy(response, out, 0, file, progress)
    }
}

/// Why a request did not bring the rest of a file.
enum Broken {
    Hub(Trouble),
    Disk(std::io::Error),
}

/// First byte of a partial answer.
fn starts_at(response: &Response) -> Option<u64> {
    let range = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

/// Copies an answer to the end, or to the pinned size: a server cannot fill the disk.
fn copy(
    response: Response,
    out: &mut File,
    from: u64,
    file: &HubPin,
    progress: &dyn Fn(&str),
) -> std::result::Result<(), Broken> {
    let mut body = response.take(file.bytes - from);
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

fn read_trouble(error: std::io::Error) -> Trouble {
    let timeout = error.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>()).is_some_and(|e| e.is_timeout());
    if timeout || error.kind() == std::io::ErrorKind::TimedOut { Trouble::Silent } else { Trouble::Cut }
}

/// Checks the hash with our own code and gives the file its name; wrong bytes are removed.
fn accept(file: &HubPin, partial: &Path, blob: &Path) -> Result<()> {
    let found = storage::sha256_file(partial)?;
    if found != file.sha256 {
        remove(partial)?;
        return Err(Error::WrongDownload { file: file.path.clone(), expected: file.sha256.clone(), found });
    }
    storage::rename_synced(partial, blob)
}

/// Makes `snapshots/<commit>/<path>` a link to the blob, relative, so that the cache can be moved.
fn link(pinned: &Pinned, file: &HubPin) -> Result<()> {
    let path = cached_path(pinned, file);
    cache::make_folder(path.parent().expect("a file is in a folder"))?;
    let up = "../".repeat(file.path.split('/').count() + 1);
    remove(&path)?;
    std::os::unix::fs::symlink(format!("{up}blobs/{}", file.sha256), &path).map_err(Error::io("link", &path))
}

/// A size for people.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
