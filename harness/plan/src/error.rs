//! The errors of this crate, each of which is shown to the user as one line.

use std::path::{Path, PathBuf};

use mos_spaces::search::limit::LimitError;
use mos_spaces::{MethodError, SpaceError};

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a profile, a choice, a plan or a file of a run is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text says what is wrong and what to do.
    #[error("{0}")]
    Refused(String),
    /// What is wrong is part of this file, flag or profile.
    #[error("{within}: {reason}")]
    Within {
        /// The file, flag or profile.
        within: String,
        /// What is wrong there.
        reason: String,
    },
    /// A file cannot be read.
    #[error("could not read {path}: {cause}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        cause: std::io::Error,
    },
    /// There is no such method.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// There is no such space, or an architecture lies outside its space.
    #[error(transparent)]
    Space(#[from] SpaceError),
    /// No subnet meets a limit.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl Error {
    /// Names the file, flag or profile to which an error belongs, for `map_err`.
    pub fn within<E: std::fmt::Display>(within: impl Into<String>) -> impl FnOnce(E) -> Error {
        let within = within.into();
        move |error| Error::Within { within, reason: error.to_string() }
    }

    /// Names the file that could not be read, for `map_err`.
    pub fn read(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_path_buf();
        move |cause| Error::Read { path, cause }
    }
}

/// Ends a function with an [`Error::Refused`] of this text.
macro_rules! refuse {
    ($($text:tt)*) => { return Err($crate::error::Error::Refused(format!($($text)*))) };
}
pub(crate) use refuse;
