//! What can go wrong in this crate is listed here. Each case is one line that a person reads.

use std::path::{Path, PathBuf};

/// This is `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Failures of reading, writing and computing. Every message names the file or argument and, where there is one, the
/// way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read, written or renamed.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A record file is truncated, altered, or of a version that this program does not know.
    #[error("{}: not a usable record file: {reason}", path.display())]
    Records {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A `run.toml` is no manifest, or is of a version that this program does not know.
    #[error("{}: not a usable run manifest: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that the user named does not hold what the command needs.
    #[error("{}: {reason}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        reason: String,
    },
    /// There is no run that the user could mean.
    #[error("{0}")]
    Run(String),
    /// The scores do not form the table that a statistic needs.
    #[error("scores: {0}")]
    Scores(String),
    /// The run cannot be rendered from what it holds.
    #[error("report: {0}")]
    Render(String),
}

impl Error {
    /// Makes an answer of the system an [`Error::Io`] about `path`, for `map_err`.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_owned();
        move |cause| Error::Io { path, cause }
    }

    /// Makes an [`Error::Input`] about `path`.
    pub fn input(path: &Path, reason: impl Into<String>) -> Error {
        Error::Input { path: path.to_owned(), reason: reason.into() }
    }

    /// Makes an [`Error::Records`] about `path`.
    pub fn records(path: &Path, reason: impl Into<String>) -> Error {
        Error::Records { path: path.to_owned(), reason: reason.into() }
    }
}
