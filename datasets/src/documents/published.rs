//! The vocabulary and the weights of a published model are files of the hub: the registry pins the one, the first fetch the
//! other.

use crate::cache;
use crate::error::{Error, Result};
use crate::hub::download;
use crate::hub::pins::{HubFiles, Pinned};
use crate::sources::origin::Origin;
use crate::text::wordpiece::WordPiece;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static BERT_BASE_UNCASED: LazyLock<HubFiles> = LazyLock::new(|| {
    let text = include_str!("../../registry/bert-base-uncased.toml");
    // A test parses it, so that this cannot fail in a build that passed its tests.
    toml::from_str(text).expect("registry entries are checked by a test")
});

static WEIGHTS: LazyLock<HubFiles> = LazyLock::new(|| {
    let text = include_str!("../../registry/bert-base-uncased-weights.toml");
    toml::from_str(text).expect("registry entries are checked by a test")
});

/// The weights of `google-bert/bert-base-uncased` on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedWeights {
    /// The file, in the safetensors format.
    pub path: PathBuf,
    /// Its SHA-256.
    pub sha256: String,
    /// Which file of the hub it is.
    pub pinned: Pinned,
}

/// Gives the weights of `google-bert/bert-base-uncased`, which are downloaded into the default cache if they are not there.
pub fn weights(progress: &dyn Fn(&str)) -> Result<PublishedWeights> {
    let cache = cache::root()?;
    let pinned = WEIGHTS.resolve(&cache, progress)?;
    let path = download::fetch(&pinned, progress)?.pop();
    match (path, pinned.files.first()) {
        (Some(path), Some(file)) => Ok(PublishedWeights { path, sha256: file.sha256.clone(), pinned }),
        _ => Err(Error::Dataset { dataset: pinned.dataset, detail: "it holds no model.safetensors".into() }),
    }
}

/// Gives the place that the vocabulary of `google-bert/bert-base-uncased` comes from.
pub fn origin() -> Origin<'static> {
    Origin::Hub(&BERT_BASE_UNCASED)
}

/// Reads the vocabulary of `google-bert/bert-base-uncased`, which is downloaded if it is not there.
pub fn bert_base_uncased(cache: &Path, progress: &dyn Fn(&str)) -> Result<WordPiece> {
    let paths = origin().fetch(cache, progress)?;
    let path = paths.first().ok_or_else(|| Error::Option {
        option: "vocabulary",
        detail: "the registry pins no file of google-bert/bert-base-uncased".into(),
    })?;
    WordPiece::load(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_is_pinned() {
        let dir = tempfile::tempdir().unwrap();
        let files = origin().downloads(dir.path()).unwrap().unwrap();
        assert_eq!(WEIGHTS.prefix, "model.safetensors");
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].file.as_str(), files[0].bytes), ("vocab.txt", 231_508));
    }
}
