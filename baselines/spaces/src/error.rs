//! Says why a space, an architecture, a method or a file is refused.

use std::path::PathBuf;

/// Why a space or an architecture is refused.
#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    /// There is no such space.
    #[error("unknown search space `{name}`; did you mean `{nearest}`? (known: {known})")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest known name.
        nearest: String,
        /// All known names.
        known: String,
    },
    /// A declaration contradicts itself.
    #[error("search space `{name}`: {reason}")]
    Invalid {
        /// The space.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// An architecture lies outside its space.
    #[error("`{field}` is {value}, but search space `{space}` allows {allowed}")]
    Outside {
        /// The space.
        space: String,
        /// The published name of the field.
        field: String,
        /// Its value.
        value: String,
        /// What the space allows.
        allowed: String,
    },
    /// A space is too large to be listed.
    #[error("search space `{space}` has {size} architectures, more than the {most} that are listed: sample it instead")]
    TooLarge {
        /// The space.
        space: String,
        /// Its architectures.
        size: u64,
        /// The most that are listed.
        most: u64,
    },
    /// A file of architectures cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
}

/// Says that a method name is not in the table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown method `{name}`; did you mean `{nearest}`? (known: {known})")]
pub struct MethodError {
    /// What was asked for.
    pub name: String,
    /// The nearest known name.
    pub nearest: String,
    /// All known names.
    pub known: String,
}

/// Why a table of latencies is refused.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file could not be read.
    #[error("cannot read {path}: {cause}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        cause: std::io::Error,
    },
    /// The file could not be written.
    #[error("cannot write {path}: {cause}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why the system refused.
        cause: std::io::Error,
    },
    /// The file is no table of latencies.
    #[error("{path}: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
}
