//! Says what can go wrong in this crate.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A checkpoint cannot be used.
    #[error("checkpoint {path}: {reason}; delete it to start this job afresh")]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A public checkpoint cannot start a training.
    #[error("public checkpoint {path}: {reason}")]
    Public {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Training left the finite numbers.
    #[error("training diverged at update {update}: {what} is {value}; lower the peak learning rate")]
    Diverged {
        /// The update.
        update: u64,
        /// What is not finite: the loss or the gradient norm.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// libtorch refused something.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// A file could not be read.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        cause: std::io::Error,
    },
    /// A latency predictor could not be fitted; the text says why.
    #[error("latency predictor: {0}")]
    Predictor(String),
    /// A file could not be written.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        cause: std::io::Error,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
