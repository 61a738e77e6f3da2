//! Why a space, an architecture or a file of architectures is refused.

use std::path::PathBuf;

/// Why a space or an architecture is refused.
#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    /// No such space.
    #[error("unknown search space `{name}`; did you mean `{nearest}`? (known: {known})")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The nearest known name.
        nearest: String,
        /// All known names.
        known: String,
    },
    /// A declaration that contradicts itself.
    #[error("search space `{name}`: {reason}")]
    Invalid {
        /// The space.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// An architecture outside its space.
    #[error("`{field}` is {value}, but search space `{space}` allows {allowed}")]
    Outside {
        /// The space.
        space: String,
        /// HAT's name of the field.
        field: String,
        /// Its value.
        value: String,
        /// What the space allows.
        allowed: String,
    },
    /// A file of architectures that cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
}
