//! `manifest.json` of a prepared corpus: what it is, how it was made, and the hash of every file.

use crate::hub::pins::Pinned;
use crate::prepare::PrepareOptions;
use crate::{Error, Result, storage};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the file.
pub const FILE: &str = "manifest.json";

/// Version of the folder's layout and of everything that decides its content; part of its address, so that a change of
/// the preparation never finds old data. Raise it with any change of cleaning, filters, splits or tokenizer.
pub const FORMAT: u32 = 1;

/// What a prepared corpus is. Holds no path and no time: it is the same on any machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// SHA-256 of this file's text with this field empty.
    pub manifest_sha256: String,
    /// Hash of the data: SHA-256 over the format, the languages, the options and the hash of every prepared file.
    pub hash: String,
    /// Registry id, or name of the local folder.
    pub id: String,
    /// Human title.
    pub title: String,
    /// Language code of the source side.
    pub source_language: String,
    /// Language code of the target side.
    pub target_language: String,
    /// Licence of the text.
    pub text_licence: String,
    /// Licence of the package that carries it.
    pub package_licence: String,
    /// How to cite it.
    pub citation: String,
    /// Remarks for the report: cleaning, pairs kept, pairs removed by each rule.
    pub notes: Vec<String>,
    /// Where the text came from, in words.
    pub origin: String,
    /// What was asked for.
    pub options: PrepareOptions,
    /// Rows of the vocabulary, specials included; can be fewer than asked for when the text is small.
    pub vocab_size: usize,
    /// Rules that split words and punctuation before BPE: decoding gives text that is split by them. Absent where BPE
    /// sees plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretokenisation: Option<String>,
    /// Training split.
    pub train: SplitCard,
    /// Validation split.
    pub valid: SplitCard,
    /// Test split.
    pub test: SplitCard,
    /// Pairs that are not in the splits, by reason.
    pub removed: Vec<Removed>,
    /// The files of the hub that the text was made of, and who vouches for their hashes; absent for other sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned: Vec<Pinned>,
    /// All other files of the folder.
    pub files: Vec<FileCard>,
}

/// Sizes of a split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitCard {
    /// Pairs.
    pub pairs: usize,
    /// Chapters; 0 where the source has none.
    pub chapters: usize,
    /// Tokens of the source side, without eos.
    pub source_tokens: usize,
    /// Tokens of the target side, without eos.
    pub target_tokens: usize,
}

/// Pairs that one rule removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// The rule.
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
    /// All pairs that the rule removed.
    pub fn total(&self) -> usize {
        self.unsplit + self.train + self.valid + self.test
    }
}

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCard {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
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
        self.hash = storage::sha256(decides.to_string().as_bytes());
        self.manifest_sha256 = self.own_hash();
        self
    }

    fn own_hash(&self) -> String {
        storage::sha256(Manifest { manifest_sha256: String::new(), ..self.clone() }.to_json().as_bytes())
    }

    /// The file's text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a manifest is plain data") + "\n"
    }

    /// Reads and checks the manifest of a folder: any changed byte is seen.
    pub fn read(folder: &Path) -> Result<Manifest> {
        let path = folder.join(FILE);
        let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| Error::damaged(&path, e.to_string()))?;
        if manifest.format != FORMAT {
            return Err(Error::damaged(&path, format!("it has format {}, expected {FORMAT}", manifest.format)));
        }
        if manifest.manifest_sha256 != manifest.own_hash() || manifest.to_json().as_bytes() != text {
            return Err(Error::damaged(&path, "it does not match its own SHA-256"));
        }
        Ok(manifest)
    }

    /// Checks every file of the folder against its size, and with `verify` against its SHA-256.
    pub fn check_files(&self, folder: &Path, verify: bool) -> Result<()> {
        for card in &self.files {
            let path = folder.join(&card.name);
            let bytes = std::fs::metadata(&path).map_err(|e| Error::damaged(&path, e.to_string()))?.len();
            if bytes != card.bytes {
                return Err(Error::damaged(&path, format!("it has {bytes} bytes, expected {}", card.bytes)));
            }
            if verify && storage::sha256_file(&path)? != card.sha256 {
                return Err(Error::damaged(&path, format!("its SHA-256 is not {}, as in the manifest", card.sha256)));
            }
        }
        Ok(())
    }
}
