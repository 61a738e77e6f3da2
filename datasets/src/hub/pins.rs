//! Which bytes a corpus is made of: a commit, and the SHA-256 of each file.
//!
//! The registry pins what was known when an entry was written. What it leaves open is asked of the hub once, at the
//! first fetch, and kept in the cache (`pins/*.json`): from then on only those bytes are accepted, whatever the hub
//! says later. `mos-data pin` prints such pins for the registry.

use super::Hub;
use crate::{Error, Result, Split, cache, hub, storage};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// Parquet files of one dataset on the hub that make up one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubFiles {
    /// The split that they make up.
    pub split: Split,
    /// Dataset, `owner/name`.
    pub dataset: String,
    /// Commit; or a branch, which is resolved to a commit at the first fetch.
    pub revision: String,
    /// What the paths of the files begin with; they end in `.parquet`.
    pub prefix: String,
    /// Rows that they are said to hold; the manifest says when it is another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_rows: Option<usize>,
    /// All the files, if they are known; then `revision` is a commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<HubPin>,
}

/// One pinned file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubPin {
    /// Its path in the dataset.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256.
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
    /// Dataset, `owner/name`.
    pub dataset: String,
    /// Commit.
    pub commit: String,
    /// Its files, by path.
    pub files: Vec<HubPin>,
    /// Where the hashes come from.
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
            return Ok(Some(Pinned { dataset, commit, files, by: PinnedBy::Registry }));
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

    /// The pins; where they are not known, those that the hub tells, which are kept.
    pub fn resolve(&self, root: &Path, progress: &dyn Fn(&str)) -> Result<Pinned> {
        if let Some(pinned) = self.known(root)? {
            return Ok(pinned);
        }
        let what = format!("the list of files {}* of {}", self.prefix, self.dataset);
        if hub::offline() {
            return Err(Error::Offline { what });
        }
        // Two processes must not pin different commits.
        let _lock = cache::Lock::take(root, "pins", || progress("waiting for another process that pins files"))?;
        if let Some(pinned) = self.known(root)? {
            return Ok(pinned);
        }
        // Parts of one dataset are of one commit, though a branch moves on between their first fetches.
        let revision = self.commit_of_fellows(root).unwrap_or_else(|| self.revision.clone());
        progress(&format!("asking the hub for {what} at {revision}"));
        let pinned = self.ask(&Hub::from_env()?, &revision, progress)?;
        let text = serde_json::to_string_pretty(&pinned).expect("pins are plain data") + "\n";
        let path = self.kept(root);
        storage::write_atomic(&path, text.as_bytes()).map_err(Error::io("write", &path))?;
        Ok(pinned)
    }

    /// The commit that is kept of other files of the same dataset and revision.
    fn commit_of_fellows(&self, cache: &Path) -> Option<String> {
        let fellows = file_name(&format!("{}@{}-", self.dataset, self.revision));
        let mut names: Vec<PathBuf> = std::fs::read_dir(cache.join("pins")).ok()?.flatten().map(|e| e.path()).collect();
        names.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&fellows)));
        names.sort();
        let read = |path: &PathBuf| serde_json::from_slice::<Pinned>(&std::fs::read(path).ok()?).ok();
        let fits = |pinned: &Pinned| pinned.dataset == self.dataset && is_hex(&pinned.commit, 40);
        names.iter().filter_map(read).find(fits).map(|pinned| pinned.commit)
    }

    fn ask(&self, hub: &Hub, revision: &str, progress: &dyn Fn(&str)) -> Result<Pinned> {
        let wrong = |detail| Error::Dataset { dataset: self.dataset.clone(), detail };
        let (commit, mut paths) = hub.list(&self.dataset, revision, progress)?;
        paths.retain(|path| path.starts_with(&self.prefix) && path.ends_with(".parquet"));
        paths.sort();
        complete(&paths).map_err(|detail| wrong(format!("{detail} that begin with {}", self.prefix)))?;
        let mut files = vec![];
        for path in paths {
            check_path(&path).map_err(wrong)?;
            let facts = hub.head(&self.dataset, &commit, &path, progress)?;
            if facts.commit.as_ref().is_some_and(|other| *other != commit) {
                return Err(wrong(format!("the hub gives {path} at another commit than it was asked for")));
            }
            let (Some(sha256), Some(bytes)) = (facts.sha256, facts.bytes) else {
                return Err(wrong(format!("the hub tells no SHA-256 or size of {path}; check HF_ENDPOINT")));
            };
            files.push(HubPin { path, bytes, sha256 });
        }
        let pinned = Pinned { dataset: self.dataset.clone(), commit, files, by: PinnedBy::FirstFetch };
        self.check(&pinned).map_err(wrong)?;
        Ok(pinned)
    }

    /// Whether pins are for these files, and safe to make paths of.
    fn check(&self, pinned: &Pinned) -> std::result::Result<(), String> {
        if pinned.dataset != self.dataset || pinned.files.is_empty() {
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

/// A name with nothing that is special in paths.
fn file_name(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '@' { c } else { '-' };
    text.chars().map(plain).collect()
}

/// A relative path of letters that need no escapes, without `..`.
fn check_path(path: &str) -> std::result::Result<(), String> {
    let plain = !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let inside = Path::new(path).components().all(|c| matches!(c, Component::Normal(_)));
    if plain && inside { Ok(()) } else { Err(format!("'{}' is not a plain path", path.escape_debug())) }
}

/// Refuses an empty list, and one in which `-00001-of-00003` has not all its fellows.
fn complete(paths: &[String]) -> std::result::Result<(), String> {
    if paths.is_empty() {
        return Err("it holds no Parquet files".into());
    }
    let of = |path: &String| path.strip_suffix(".parquet")?.rsplit_once("-of-")?.1.parse::<usize>().ok();
    match paths.iter().filter_map(of).find(|count| *count != paths.len()) {
        Some(count) => Err(format!("it holds {} of {count} Parquet files", paths.len())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> HubFiles {
        let (dataset, revision, prefix) = ("a/b".to_string(), "main".to_string(), "de-en/train-".to_string());
        HubFiles { split: Split::Train, dataset, revision, prefix, expected_rows: None, pins: vec![] }
    }

    #[test]
    fn only_plain_paths_inside_the_dataset_are_taken() {
        assert_eq!(check_path("de-en/train-00000-of-00001.parquet"), Ok(()));
        for bad in ["../x", "/x", "a/../../x", "a b", "a\nb", "a?b", "", "a%2e"] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_with_a_gap_is_refused() {
        let paths = |names: &[&str]| names.iter().map(|n| format!("t-{n}.parquet")).collect::<Vec<_>>();
        assert!(complete(&paths(&["00000-of-00002", "00001-of-00002"])).is_ok());
        assert!(complete(&paths(&["whole"])).is_ok());
        assert!(complete(&paths(&["00000-of-00002"])).unwrap_err().contains("1 of 2"));
        assert!(complete(&[]).is_err());
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
