//! The crate's error type.

use std::path::PathBuf;

/// What can go wrong in this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A method name that is not in the table.
    #[error("unknown method `{name}`; did you mean `{nearest}`? (known: {known})")]
    UnknownMethod {
        /// What was asked for.
        name: String,
        /// The nearest known name.
        nearest: String,
        /// All known names.
        known: String,
    },
    /// A checkpoint that cannot be used.
    #[error("checkpoint {path}: {reason}; delete it to start this job afresh")]
    Checkpoint {
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
        /// Loss or gradient norm.
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
        /// Why.
        cause: std::io::Error,
    },
    /// A latency table that cannot be used.
    #[error("{path}: {reason}")]
    LatencyTable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// A latency predictor that could not be fitted; the text says why.
    #[error("latency predictor: {0}")]
    Predictor(String),
    /// A file could not be written.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
}

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
