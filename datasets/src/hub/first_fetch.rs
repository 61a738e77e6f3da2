//! The first fetch: the hub is asked for the pins that the registry leaves open, and its answer is kept.

use super::client::Hub;
use super::environment;
use super::pins::{HubFiles, HubPin, Pinned, PinnedBy, check_path, file_name, is_hex};
use crate::cache;
use crate::error::{Error, Result};
use mos_base::files;
use std::path::{Path, PathBuf};

impl HubFiles {
    /// The pins. Where they are not known, the hub is asked for them once, and they are kept.
    pub fn resolve(&self, root: &Path, progress: &dyn Fn(&str)) -> Result<Pinned> {
        if let Some(pinned) = self.known(root)? {
            return Ok(pinned);
        }
        let what = format!("the list of files {}* of {}", self.prefix, self.dataset);
        if environment::offline() {
            return Err(Error::Offline { what });
        }
        // Two processes must not pin different commits.
        let _lock = cache::Lock::take(root, "pins", || progress("waiting for another process that pins files"))?;
        if let Some(pinned) = self.known(root)? {
            return Ok(pinned);
        }
        // All parts of one dataset must be of one commit, though a branch moves on between their first fetches.
        let revision = self.commit_of_fellows(root).unwrap_or_else(|| self.revision.clone());
        progress(&format!("asking the hub for {what} at {revision}"));
        let pinned = self.ask(&Hub::from_env()?, &revision, progress)?;
        let text = serde_json::to_string_pretty(&pinned).expect("pins are plain data") + "\n";
        let path = self.kept(root);
        files::write_atomic(&path, text.as_bytes()).map_err(Error::io("write", &path))?;
        Ok(pinned)
    }

    /// The commit at which other files of the same dataset and revision were pinned.
    fn commit_of_fellows(&self, cache: &Path) -> Option<String> {
        let fellows = file_name(&format!("{}@{}-", self.dataset, self.revision));
        let mut names: Vec<PathBuf> = std::fs::read_dir(cache.join("pins")).ok()?.flatten().map(|e| e.path()).collect();
        names.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&fellows)));
        names.sort();
        let read = |path: &PathBuf| serde_json::from_slice::<Pinned>(&std::fs::read(path).ok()?).ok();
        let fits = |pinned: &Pinned| pinned.dataset == self.dataset && is_hex(&pinned.commit, 40);
        names.iter().filter_map(read).find(fits).map(|pinned| pinned.commit)
    }

    /// The pins as the hub tells them.
    fn ask(&self, hub: &Hub, revision: &str, progress: &dyn Fn(&str)) -> Result<Pinned> {
        let wrong = |detail| Error::Dataset { dataset: self.dataset.clone(), detail };
        let (commit, mut paths) = hub.list(self.repository, &self.dataset, revision, progress)?;
        // A prefix that is a whole path names one file of any kind; parts are numbered Parquet files.
        if paths.contains(&self.prefix) {
            paths = vec![self.prefix.clone()];
        } else {
            paths.retain(|path| path.starts_with(&self.prefix) && path.ends_with(".parquet"));
            paths.sort();
            complete(&paths).map_err(|detail| wrong(format!("{detail} that begin with {}", self.prefix)))?;
        }
        let mut files = vec![];
        for path in paths {
            check_path(&path).map_err(wrong)?;
            let facts = hub.head(self.repository, &self.dataset, &commit, &path, progress)?;
            if facts.commit.as_ref().is_some_and(|other| *other != commit) {
                return Err(wrong(format!("the hub gives {path} at another commit than it was asked for")));
            }
            let (Some(sha256), Some(bytes)) = (facts.sha256, facts.bytes) else {
                return Err(wrong(format!("{} tells no SHA-256 or size of {path}; check HF_ENDPOINT", facts.host)));
            };
            files.push(HubPin { path, bytes, sha256 });
        }
        let (repository, dataset) = (self.repository, self.dataset.clone());
        let pinned = Pinned { repository, dataset, commit, files, by: PinnedBy::FirstFetch };
        self.check(&pinned).map_err(wrong)?;
        Ok(pinned)
    }
}

/// Refuses an empty list, and one in which a file such as `-00001-of-00003` has not all its fellows.
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

    #[test]
    fn a_list_with_a_gap_is_refused() {
        let paths = |names: &[&str]| names.iter().map(|n| format!("t-{n}.parquet")).collect::<Vec<_>>();
        assert!(complete(&paths(&["00000-of-00002", "00001-of-00002"])).is_ok());
        assert!(complete(&paths(&["whole"])).is_ok());
        assert!(complete(&paths(&["00000-of-00002"])).unwrap_err().contains("1 of 2"));
        assert!(complete(&[]).is_err());
    }
}
