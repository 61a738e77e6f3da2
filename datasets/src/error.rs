//! An error of this crate is one line that says what failed, on which file or name, and what to do next.

use mos_base::files::FileError;
use std::path::{Path, PathBuf};

/// This is `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// These are the failures of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name of a dataset is neither a registry id nor an existing folder.
    #[error("unknown dataset '{name}'{hint}; known: {known}{folder}")]
    UnknownDataset {
        /// What was asked for.
        name: String,
        /// Offers a name that is like it, as `, did you mean '...'?`; empty where none is.
        hint: String,
        /// The ids of the registry.
        known: String,
        /// Says that a folder works too; empty where none does.
        folder: &'static str,
    },
    /// The operating system refused to do something with a file.
    #[error("{}", with_way_out(.0))]
    File(FileError),
    /// There is no usable `python3 -m pip`.
    #[error("cannot download {file}: {detail}; install Python 3 with pip (Debian, Ubuntu: apt install python3-pip)")]
    NoPip {
        /// The file that was to be downloaded.
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
        /// The file that was to be downloaded.
        file: String,
    },
    /// Something else went wrong in pip.
    #[error("cannot download {file}: pip says: {detail}")]
    Pip {
        /// The file that was to be downloaded.
        file: String,
        /// pip's own error line.
        detail: String,
    },
    /// The package index did not give what was asked for.
    #[error("cannot download {file} from the package index at {host}: {detail}")]
    Index {
        /// The file that was to be downloaded.
        file: String,
        /// The host of the index.
        host: String,
        /// What happened, and what to do next.
        detail: String,
    },
    /// A freshly downloaded file is not the pinned one.
    #[error("{file} has SHA-256 {found} where {expected} is pinned: it was not kept; check the mirror or the proxy")]
    WrongDownload {
        /// The file that was downloaded.
        file: String,
        /// The pinned hash.
        expected: String,
        /// The hash of what came.
        found: String,
    },
    /// The Hugging Face hub did not give what was asked for.
    #[error("cannot get {what} from the hub at {host}: {detail}")]
    Hub {
        /// What was asked for.
        what: String,
        /// The host of the hub.
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
        /// The dataset, as `owner/name`.
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
        /// The dataset.
        id: String,
        /// What is wrong.
        detail: String,
    },
    /// An option is outside its range.
    #[error("{option}: {detail}")]
    Option {
        /// The option, as its users know it.
        option: &'static str,
        /// Which values are allowed, or what to set it to.
        detail: String,
    },
}

/// Writes the message of a file's error; that of a disk that is full or may not be written adds what to do next.
fn with_way_out(error: &FileError) -> String {
    use std::io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let way_out = match error.cause.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "; free some disk, or set MOS_CACHE (for downloads from the hub: HF_HOME) to a folder on another disk"
        }
        PermissionDenied | ReadOnlyFilesystem if !error.action.starts_with("read") => {
            "; set MOS_CACHE (for downloads from the hub: HF_HOME) to a folder that you may write"
        }
        _ => "",
    };
    format!("{error}{way_out}")
}

impl Error {
    /// Makes an error of the operating system name its file, for `map_err`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
        let name = FileError::on(action, path);
        move |cause| Error::File(name(cause))
    }

    /// Says that a stored file is damaged, and how that shows.
    pub fn damaged(path: &Path, detail: impl Into<String>) -> Error {
        Error::Damaged { path: path.to_path_buf(), detail: detail.into() }
    }
}

/// This is written by hand: as a source of the error, the file's error would be printed twice.
impl From<FileError> for Error {
    fn from(error: FileError) -> Error {
        Error::File(error)
    }
}
