//! The vocabulary of a published model is a file of the hub, pinned by the registry.

use crate::error::{Error, Result};
use crate::hub::pins::HubFiles;
use crate::sources::origin::Origin;
use crate::text::wordpiece::WordPiece;
use std::path::Path;
use std::sync::LazyLock;

static BERT_BASE_UNCASED: LazyLock<HubFiles> = LazyLock::new(|| {
    let text = include_str!("../../registry/bert-base-uncased.toml");
    // A test parses it, so that this cannot fail in a build that passed its tests.
    toml::from_str(text).expect("registry entries are checked by a test")
});

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
        assert_eq!(files.len(), 1);
        assert_eq!((files[0].file.as_str(), files[0].bytes), ("vocab.txt", 231_508));
    }
}
