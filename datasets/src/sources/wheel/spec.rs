//! These types hold what the registry says of a wheel.

use super::verses::Verses;
use serde::{Deserialize, Serialize};

/// This names a pinned wheel, the one member of it that is used, and how that member is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PypiWheel {
    /// The project's name on PyPI.
    pub package: String,
    /// The pinned version.
    pub version: String,
    /// The name of the wheel file.
    pub file: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The file's SHA-256.
    pub sha256: String,
    /// The member that holds the text.
    pub member: Member,
    /// How the member, an SQLite file of aligned verses, is read.
    pub verses: Verses,
}

/// This names a pinned member of a zip file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The member's full name in the archive.
    pub path: String,
    /// The member's size in bytes when unpacked.
    pub bytes: u64,
    /// The member's SHA-256 when unpacked.
    pub sha256: String,
}
