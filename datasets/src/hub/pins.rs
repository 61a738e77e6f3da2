//! Which bytes a corpus is made of: a commit, and the SHA-256 of each file.
//!
//! The registry pins what was known when an entry was written. What it leaves open is asked of the hub once, at the
//! first fetch, and kept in the cache (`pins/*.json`): from then on only those bytes are accepted, whatever the hub
//! says later. `mos-data pin` prints such pins for the registry. This module reads pins and checks them; asking the hub
//! is the subject of `first_fetch.rs`.

use crate::error::{Error, Result};
use mos_base::Split;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// A repository on the hub is of one of these kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repository {
    /// It holds a dataset.
    #[default]
    Dataset,
    /// It holds a model.
    Model,
}

impl Repository {
    /// Tells whether it is the kind that need not be named.
    fn is_dataset(&self) -> bool {
        *self == Repository::Dataset
    }
}

/// Parquet files of one dataset on the hub that make up one split, or pinned files of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubFiles {
    /// The split that the files make up.
    pub split: Split,
    /// What the repository holds.
    #[serde(default, skip_serializing_if = "Repository::is_dataset")]
    pub repository: Repository,
    /// The dataset, or the model, as `owner/name`.
    pub dataset: String,
    /// A commit, or a branch, which is resolved to a commit at the first fetch.
    pub revision: String,
    /// What the paths of the files begin with, which end in `.parquet`; or the whole path of one file.
    pub prefix: String,
    /// How many rows the files are said to hold. The manifest tells when it is another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_rows: Option<usize>,
    /// The pins of all the files, if they are known; then `revision` is a commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<HubPin>,
}

/// One pinned file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubPin {
    /// The file's path in the dataset.
    pub path: String,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The file's SHA-256.
    pub sha256: String,
}

/// Who vouches for a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PinnedBy {
    /// The registry of this program.
    Registry,
    /// The hub, at the first fetch.
    FirstFetch,
}

/// The files of one split, pinned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// What the repository holds.
    #[serde(default, skip_serializing_if = "Repository::is_dataset")]
    pub repository: Repository,
    /// The dataset, or the model, as `owner/name`.
    pub dataset: String,
    /// The commit.
    pub commit: String,
    /// The files, by path.
    pub files: Vec<HubPin>,
    /// Who vouches for the hashes.
    pub by: PinnedBy,
}

/// Whether a text is lower-case hex of this length.
pub(crate) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

impl HubFiles {
    /// The pins that are known without asking the hub.
    pub fn known(&self, cache: &Path) -> Result<Option<Pinned>> {
        if !self.pins.is_empty() {
            let (dataset, commit, files) = (self.dataset.clone(), self.revision.clone(), self.pins.clone());
            let (repository, by) = (self.repository, PinnedBy::Registry);
            return Ok(Some(Pinned { repository, dataset, commit, files, by }));
        }
        let path = self.kept(cache);
        let text = match std::fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(Error::io("read", &path))?,
        };
        let pinned = serde_json::from_slice::<Pinned>(&text).map_err(|e| e.to_string());
        pinned.and_then(|pinned| self.check(&pinned).map(|()| Some(pinned))).map_err(|detail| Error::Pins {
            path,
            detail: format!("{detail}; remove it to pin what the hub holds now"),
        })
    }

    /// Refuses pins that are not for these files, or not safe to make paths of.
    pub(super) fn check(&self, pinned: &Pinned) -> std::result::Result<(), String> {
        let other = pinned.dataset != self.dataset || pinned.repository != self.repository;
        if other || pinned.files.is_empty() {
            return Err(format!("it does not pin files of {}", self.dataset));
        }
        if !is_hex(&pinned.commit, 40) || (is_hex(&self.revision, 40) && pinned.commit != self.revision) {
            return Err(format!("'{}' is not the commit of revision {}", pinned.commit, self.revision));
        }
        for file in &pinned.files {
            check_path(&file.path)?;
            if !file.path.starts_with(&self.prefix) || !is_hex(&file.sha256, 64) {
                return Err(format!("the pin of {} is no path or SHA-256 of {}*", file.path, self.prefix));
            }
        }
        Ok(())
    }

    /// Where the pins of the first fetch are kept.
    pub fn kept(&self, cache: &Path) -> PathBuf {
        let name = file_name(&format!("{}@{}-{}", self.dataset, self.revision, self.prefix));
        cache.join("pins").join(format!("{}.json", name.trim_end_matches('-')))
    }
}

/// Makes a file name of a text: what may be special in paths becomes a hyphen.
pub(super) fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '@' { c } else { '-' };
    text.chars().map(plain).collect()
}

/// Refuses what is not a relative path without `..`, of letters that need no escapes.
pub(super) fn check_path(path: &str) -> std::result::Result<(), String> {
    let plain = !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    if plain && inside { Ok(()) } else { Err(format!("'{}' is not a plain path", path.escape_debug())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> HubFiles {
        let (dataset, revision, prefix) = ("a/b".to_string(), "main".to_string(), "de-en/train-".to_string());
        let (repository, split) = (Repository::Dataset, Split::Train);
        HubFiles { split, repository, dataset, revision, prefix, expected_rows: None, pins: vec![] }
    }

    #[test]
    fn only_plain_paths_inside_the_dataset_are_taken() {
        assert_eq!(check_path("de-en/train-00000-of-00001.parquet"), Ok(()));
        for bad in ["../x", "/x", "a/../../x", "a b", "a\nb", "a?b", "", "a%2e"] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn kept_pins_are_read_back_and_wrong_ones_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let files = files();
        assert_eq!(files.known(dir.path()).unwrap(), None);
        let path = files.kept(dir.path());
        assert_eq!(path.file_name().unwrap(), "a-b@main-de-en-train.json");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pin = |path: &str| HubPin { path: path.into(), bytes: 1, sha256: "a".repeat(64) };
        let good = Pinned {
            repository: Repository::Dataset,
            dataset: "a/b".into(),
            commit: "0".repeat(40),
            files: vec![pin("de-en/train-0.parquet")],
            by: PinnedBy::FirstFetch,
        };
        let store = |pinned: &Pinned| std::fs::write(&path, serde_json::to_vec(pinned).unwrap()).unwrap();
        store(&good);
        assert_eq!(files.known(dir.path()).unwrap(), Some(good.clone()));
        let mut cases = vec![Pinned { dataset: "a/c".into(), ..good.clone() }];
        cases.push(Pinned { commit: "main".into(), ..good.clone() });
        cases.push(Pinned { files: vec![pin("de-en/../../x")], ..good.clone() });
        cases.push(Pinned { files: vec![], ..good.clone() });
        cases.push(Pinned { files: vec![HubPin { sha256: "../../x".into(), ..pin("de-en/train-0.parquet") }], ..good });
        for case in cases {
            store(&case);
            let message = files.known(dir.path()).unwrap_err().to_string();
            assert!(message.contains("a-b@main-de-en-train.json") && message.contains("remove it"), "{message}");
        }
    }
}
