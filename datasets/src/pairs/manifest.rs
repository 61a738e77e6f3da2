//! `manifest.json` says what a prepared corpus is and how it was made, and has the hash of every file.

use super::layout::MANIFEST;
use super::options::PrepareOptions;
use crate::error::{Error, Result};
use crate::hub::pins::Pinned;
use crate::sealed::Sealed;
use mos_base::{Split, files};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// This is the version of the folder's layout and of everything that decides its content. It is part of the folder's
/// address, so that a change of the preparation never finds old data. Raise it with any change of cleaning, filters,
/// splits or tokenizer.
pub const FORMAT: u32 = 1;

/// A manifest says what a prepared corpus is. It holds no path and no time, so that it is the same on any machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The value of [`FORMAT`] by which the folder was made.
    pub format: u32,
    /// SHA-256 of this file's text with this field empty.
    pub manifest_sha256: String,
    /// Hash of the data, which is the SHA-256 over the format, the languages, the options and the hash of every
    /// prepared file.
    pub hash: String,
    /// Registry id, or name of the local folder.
    pub id: String,
    /// The title that people read.
    pub title: String,
    /// Language code of the source side.
    pub source_language: String,
    /// Language code of the target side.
    pub target_language: String,
    /// Licence of the text.
    pub text_licence: String,
    /// Licence of the package that carries it.
    pub package_licence: String,
    /// How to cite the text.
    pub citation: String,
    /// Remarks for the report: cleaning, pairs kept, pairs removed by each rule.
    pub notes: Vec<String>,
    /// Where the text came from, in words.
    pub origin: String,
    /// The options that were asked for.
    pub options: PrepareOptions,
    /// Rows of the vocabulary, specials included. They can be fewer than were asked for when the text is small.
    pub vocab_size: usize,
    /// The rules that separate words and punctuation before BPE; decoding gives text that is separated by them. Absent
    /// where BPE sees plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretokenisation: Option<String>,
    /// The sizes of the training split.
    pub train: SplitCard,
    /// The sizes of the validation split.
    pub valid: SplitCard,
    /// The sizes of the test split.
    pub test: SplitCard,
    /// Pairs that are not in the splits, by reason.
    pub removed: Vec<Removed>,
    /// The files of the hub that the text was made of, and who vouches for their hashes. Absent for other sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<Pinned>,
    /// All other files of the folder.
    pub files: Vec<FileCard>,
}

/// A split's card holds its sizes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitCard {
    /// Number of pairs.
    pub pairs: usize,
    /// Number of chapters; 0 where the source has none.
    pub chapters: usize,
    /// Number of tokens of the source side, without eos.
    pub source_tokens: usize,
    /// Number of tokens of the target side, without eos.
    pub target_tokens: usize,
}

/// This counts the pairs, or the sentences of documents, that one rule removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The rule, in words.
    pub rule: String,
    /// Pairs removed before splitting.
    pub unsplit: usize,
    /// Pairs removed from train.
    pub train: usize,
    /// Pairs removed from valid.
    pub valid: usize,
    /// Pairs removed from test.
    pub test: usize,
}

impl Removed {
    /// Counts pairs that a rule removed from each split, in the order of [`Split::ALL`](mos_base::Split::ALL).
    pub fn from_splits(rule: impl Into<String>, [train, valid, test]: [usize; 3]) -> Removed {
        Removed { rule: rule.into(), unsplit: 0, train, valid, test }
    }

    /// Counts pairs that a rule removed before splitting.
    pub fn before_splitting(rule: String, unsplit: usize) -> Removed {
        Removed { rule, unsplit, train: 0, valid: 0, test: 0 }
    }

    /// Counts the pairs that the rule removed from a split.
    pub fn of(&self, split: Split) -> usize {
        match split {
            Split::Train => self.train,
            Split::Valid => self.valid,
            Split::Test => self.test,
        }
    }

    /// Counts the pairs that the rule removed in all.
    pub fn total(&self) -> usize {
        self.unsplit + self.train + self.valid + self.test
    }
}

/// A file's card names one file of the folder, with its size and hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCard {
    /// The file's name.
    pub name: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The file's SHA-256.
    pub sha256: String,
}

impl FileCard {
    /// Makes the card of a file of the folder.
    pub fn of(folder: &Path, name: String) -> Result<FileCard> {
        let path = folder.join(&name);
        let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
        Ok(FileCard { sha256: files::sha256_file(&path)?, name, bytes })
    }

    /// Checks the file of the folder against its size, and with `verify` against its SHA-256.
    pub fn check(&self, folder: &Path, verify: bool) -> Result<()> {
        let path = folder.join(&self.name);
        let bytes = std::fs::metadata(&path).map_err(|e| Error::damaged(&path, e.to_string()))?.len();
        if bytes != self.bytes {
            return Err(Error::damaged(&path, format!("it has {bytes} bytes, expected {}", self.bytes)));
        }
        if verify && files::sha256_file(&path)? != self.sha256 {
            return Err(Error::damaged(&path, format!("its SHA-256 is not {}, as in the manifest", self.sha256)));
        }
        Ok(())
    }
}

impl Sealed for Manifest {
    const FORMAT: u32 = FORMAT;

    fn format(&self) -> u32 {
        self.format
    }

    fn hash_field(&mut self) -> &mut String {
        &mut self.manifest_sha256
    }
}

impl Manifest {
    /// Fills in the two hashes.
    pub fn seal(mut self) -> Manifest {
        let decides = serde_json::json!({
            "format": self.format,
            "languages": [self.source_language, self.target_language],
            "options": self.options,
            "files": self.files,
        });
        self.hash = files::sha256(decides.to_string().as_bytes());
        self.sealed()
    }

    /// Reads and checks the manifest of a folder: any changed byte is seen.
    pub fn read(folder: &Path) -> Result<Manifest> {
        Manifest::read_from(&folder.join(MANIFEST))
    }

    /// Checks every file of the folder against its size, and with `verify` against its SHA-256.
    pub fn check_files(&self, folder: &Path, verify: bool) -> Result<()> {
        self.files.iter().try_for_each(|card| card.check(folder, verify))
    }
}
