//! These types hold what the registry says of a package's files.

use super::verses::Verses;
use serde::{Deserialize, Serialize};

/// This names a pinned file of a package on PyPI: a wheel, or an archive of sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PypiFile {
    /// The project's name on PyPI.
    pub package: String,
    /// The pinned version.
    pub version: String,
    /// The name of the file.
    pub file: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The file's SHA-256.
    pub sha256: String,
}

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

impl PypiFile {
    /// Tells whether the file is a wheel, of which pip runs nothing.
    pub fn is_wheel(&self) -> bool {
        self.file.ends_with(".whl")
    }

    /// Says in one line where the file comes from.
    pub fn describe(&self) -> String {
        format!("PyPI {} {}, file {}", self.package, self.version, self.file)
    }
}

impl PypiWheel {
    /// Gives the wheel without what is read from it.
    pub fn pinned(&self) -> PypiFile {
        PypiFile {
            package: self.package.clone(),
            version: self.version.clone(),
            file: self.file.clone(),
            bytes: self.bytes,
            sha256: self.sha256.clone(),
        }
    }
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
