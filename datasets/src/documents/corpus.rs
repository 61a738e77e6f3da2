//! A prepared corpus of documents is opened for use here.

use super::batch::MaskedBatch;
use super::layout;
use super::manifest::DocumentManifest;
use super::mask::Masked;
use super::shard::SequenceShard;
use super::stored_masks::StoredMasks;
use crate::error::{Error, Result};
use crate::tasks::card::TaskCard;
use crate::tasks::task::Task;
use crate::text::wordpiece::{SpecialIds, WordPiece};
use mos_base::Split;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A prepared corpus: sequences, masks of the held-out splits, vocabulary and tasks.
#[derive(Debug)]
pub struct Documents {
    folder: PathBuf,
    manifest: DocumentManifest,
    vocabulary: WordPiece,
    shards: [SequenceShard; 3],
    /// The masks of valid and of test.
    masks: [StoredMasks; 2],
}

impl Documents {
    /// Opens the folder that [`prepare()`](crate::documents::prepare()) gave.
    ///
    /// The manifest, all sizes and the structure of the files are always checked, and with `verify` the SHA-256 of
    /// every file too. A truncated or altered file is an [`Error::Damaged`] that names it.
    pub fn open(folder: &Path, verify: bool) -> Result<Documents> {
        let manifest = DocumentManifest::read(folder)?;
        manifest.check_files(folder, verify)?;
        let vocabulary = WordPiece::load(&folder.join(layout::VOCABULARY))?;
        // The manifest's hashes cover the shards, so that the shards' own hashes need no second pass.
        let shard = |split| SequenceShard::open(&folder.join(layout::shard(split)), false);
        let shards = [shard(Split::Train)?, shard(Split::Valid)?, shard(Split::Test)?];
        let masks =
            |split: Split| StoredMasks::open(&folder.join(layout::masks(split)), &shards[split as usize], false);
        let masks = [masks(Split::Valid)?, masks(Split::Test)?];
        let corpus = Documents { folder: folder.to_path_buf(), manifest, vocabulary, shards, masks };
        corpus.check_sizes(verify)?;
        Ok(corpus)
    }

    /// Refuses a vocabulary or a shard of another size than the manifest tells. All ids are looked at with `verify`
    /// only, because a large corpus has billions.
    fn check_sizes(&self, verify: bool) -> Result<()> {
        let m = &self.manifest;
        if self.vocabulary.vocab_size() != m.vocab_size || self.vocabulary.specials() != m.specials {
            let detail = "its pieces are not those that the manifest tells of";
            return Err(Error::damaged(&self.folder.join(layout::VOCABULARY), detail));
        }
        for split in Split::ALL {
            let (shard, expected) = (self.split(split), m.split(split).sequences);
            let path = self.folder.join(layout::shard(split));
            if shard.len() != expected {
                return Err(Error::damaged(&path, format!("it has {} sequences, expected {expected}", shard.len())));
            }
            if verify && shard.ids().iter().any(|id| usize::from(*id) >= m.vocab_size) {
                return Err(Error::damaged(&path, "it holds an id outside the vocabulary"));
            }
        }
        Ok(())
    }

    /// Gives what the corpus is and how it was made.
    pub fn manifest(&self) -> &DocumentManifest {
        &self.manifest
    }

    /// Gives the hash of the data, which is the same on any machine for the same inputs and options.
    pub fn hash(&self) -> &str {
        &self.manifest.hash
    }

    /// Counts the pieces of the vocabulary, specials included.
    pub fn vocab_size(&self) -> usize {
        self.manifest.vocab_size
    }

    /// Gives the ids of the special tokens.
    pub fn specials(&self) -> SpecialIds {
        self.manifest.specials
    }

    /// Gives the vocabulary.
    pub fn tokenizer(&self) -> &WordPiece {
        &self.vocabulary
    }

    /// Gives the sequences of a split.
    pub fn split(&self, split: Split) -> &SequenceShard {
        &self.shards[split as usize]
    }

    /// Gives the stored masks of a held-out split. Panics for the training split, whose masks are drawn by the caller.
    pub fn masked(&self, split: Split) -> &StoredMasks {
        assert!(split != Split::Train, "the training split has no stored masks");
        &self.masks[split as usize - 1]
    }

    /// Builds a batch of these sequences of a held-out split with the stored masks, for evaluation. Panics when one is
    /// outside the split.
    pub fn held_out_batch(&self, split: Split, sequences: Range<usize>) -> MaskedBatch {
        let (shard, masks) = (self.split(split), self.masked(split));
        let masked: Vec<Masked> = sequences.map(|i| masks.apply(shard, i)).collect();
        MaskedBatch::of(&masked, self.specials().pad)
    }

    /// Gives the names of a held-out split's documents, as `source:name`.
    pub fn names(&self, split: Split) -> Result<Vec<String>> {
        let path = self.folder.join(layout::names(split));
        let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Ok(text.lines().map(str::to_string).collect())
    }

    /// Tells which tasks were prepared with the corpus.
    pub fn tasks(&self) -> &[TaskCard] {
        &self.manifest.tasks
    }

    /// Opens a task by its name.
    pub fn task(&self, name: &str) -> Result<Task> {
        Task::find(&self.folder, &self.manifest.id, &self.manifest.tasks, name, self.specials())
    }
}
