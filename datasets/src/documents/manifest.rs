//! `manifest.json` says what a prepared corpus of documents is and how it was made, and has the hash of every file.

use super::layout::MANIFEST;
use super::options::DocumentOptions;
use crate::error::Result;
use crate::hub::pins::Pinned;
use crate::pairs::manifest::{FileCard, Removed};
use crate::sealed::Sealed;
use crate::tasks::card::TaskCard;
use crate::text::wordpiece::SpecialIds;
use mos_base::{Split, files};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// This is the version of the folder's layout and of everything that decides its content. It is part of the folder's
/// address, so that a change of the preparation never finds old data. Raise it with any change of cleaning, splits,
/// vocabulary, packing, masks or tasks.
pub const FORMAT: u32 = 2;

/// A manifest says what a prepared corpus is. It holds no path and no time, so that it is the same on any machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentManifest {
    /// The value of [`FORMAT`] by which the folder was made.
    pub format: u32,
    /// SHA-256 of this file's text with this field empty.
    pub manifest_sha256: String,
    /// Hash of the data, which is the SHA-256 over the format, the options and the hash of every prepared file.
    pub hash: String,
    /// Registry id.
    pub id: String,
    /// The title that people read.
    pub title: String,
    /// Language code of the text.
    pub language: String,
    /// Licence of the text.
    pub text_licence: String,
    /// Licence of the packages that carry it.
    pub package_licence: String,
    /// How to cite the text.
    pub citation: String,
    /// Remarks for the report.
    pub notes: Vec<String>,
    /// Where the text came from, in words, one line a source.
    pub origin: Vec<String>,
    /// The options that were asked for.
    pub options: DocumentOptions,
    /// Rows of the vocabulary, specials included. They can be fewer than were asked for when the text is small.
    pub vocab_size: usize,
    /// The ids of the special tokens.
    pub specials: SpecialIds,
    /// The sizes of each source.
    pub sources: Vec<SourceCard>,
    /// The sizes of the training split.
    pub train: DocumentCard,
    /// The sizes of the validation split.
    pub valid: DocumentCard,
    /// The sizes of the test split.
    pub test: DocumentCard,
    /// Sentences that are not in the splits, by reason.
    pub removed: Vec<Removed>,
    /// The files of the hub that the corpus was made of, and who vouches for their hashes. Absent for other sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<Pinned>,
    /// The tasks for fine-tuning that were prepared with the same vocabulary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskCard>,
    /// All other files of the folder.
    pub files: Vec<FileCard>,
}

/// A source's card says how many of its documents each split holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceCard {
    /// The source's name in the registry entry.
    pub name: String,
    /// Documents of the training split.
    pub train: usize,
    /// Documents of the validation split.
    pub valid: usize,
    /// Documents of the test split.
    pub test: usize,
}

/// A split's card holds its sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentCard {
    /// Number of documents.
    pub documents: usize,
    /// Number of sentences.
    pub sentences: usize,
    /// Number of sequences.
    pub sequences: usize,
    /// Number of tokens, `[CLS]` and `[SEP]` included.
    pub tokens: usize,
    /// Number of `[UNK]` tokens.
    pub unknown_tokens: usize,
    /// How many tokens are masked, for a held-out split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked_tokens: Option<usize>,
    /// Cross-entropy of the masked tokens under the unigram distribution of the training split, in nats, to six places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unigram_cross_entropy: Option<f64>,
}

impl Sealed for DocumentManifest {
    const FORMAT: u32 = FORMAT;

    fn format(&self) -> u32 {
        self.format
    }

    fn hash_field(&mut self) -> &mut String {
        &mut self.manifest_sha256
    }
}

impl DocumentManifest {
    /// Fills in the two hashes.
    pub fn seal(mut self) -> DocumentManifest {
        let decides = serde_json::json!({"format": self.format, "options": self.options, "files": self.files});
        self.hash = files::sha256(decides.to_string().as_bytes());
        self.sealed()
    }

    /// Reads and checks the manifest of a folder: any changed byte is seen.
    pub fn read(folder: &Path) -> Result<DocumentManifest> {
        DocumentManifest::read_from(&folder.join(MANIFEST))
    }

    /// Checks every file of the folder against its size, and with `verify` against its SHA-256.
    pub fn check_files(&self, folder: &Path, verify: bool) -> Result<()> {
        self.files.iter().try_for_each(|card| card.check(folder, verify))
    }

    /// Gives the sizes of a split.
    pub fn split(&self, split: Split) -> &DocumentCard {
        match split {
            Split::Train => &self.train,
            Split::Valid => &self.valid,
            Split::Test => &self.test,
        }
    }
}
