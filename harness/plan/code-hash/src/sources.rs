//! Reads the table of the sources that decide results, `sources.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Path of the table, relative to the repository.
pub const FILE: &str = "harness/plan/code-hash/sources.toml";

/// The table: which sources decide results.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Folder of the package that the worker is built from.
    pub worker: String,
    /// Files and folders that every track runs.
    pub shared: Vec<String>,
    /// Files and folders that draw the report.
    pub report: Vec<String>,
    track: BTreeMap<String, TrackSources>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackSources {
    sources: Vec<String>,
}

impl Sources {
    /// Reads the table of the repository at `root`.
    ///
    /// # Errors
    /// Fails if it is missing or damaged.
    pub fn read(root: &Path) -> Result<Sources, String> {
        let text = fs::read_to_string(root.join(FILE)).map_err(|e| format!("{FILE}: {e}"))?;
        toml::from_str(&text).map_err(|e| format!("{FILE}: {e}"))
    }

    /// Returns the names of the tracks.
    pub fn tracks(&self) -> Vec<String> {
        self.track.keys().cloned().collect()
    }

    /// Goes through every file and folder of the table.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let own = self.track.values().flat_map(|track| &track.sources);
        self.shared.iter().chain(&self.report).chain(own).map(String::as_str)
    }

    /// Lists the files that decide the results of a track, sorted.
    ///
    /// # Errors
    /// Fails if a place of the table does not exist.
    pub fn files_of(&self, root: &Path, track: &str) -> Result<BTreeSet<PathBuf>, String> {
        let mut files = files(root, &self.shared)?;
        for (name, other) in &self.track {
            let own = self::files(root, &other.sources)?;
            if name == track {
                files.extend(own);
            } else {
                files.retain(|file| !own.contains(file));
            }
        }
        Ok(files)
    }

    /// Lists the files that draw the report, sorted.
    ///
    /// # Errors
    /// Fails if a place of the table does not exist.
    pub fn report_files(&self, root: &Path) -> Result<BTreeSet<PathBuf>, String> {
        files(root, &self.report)
    }
}

fn files(root: &Path, places: &[String]) -> Result<BTreeSet<PathBuf>, String> {
    let mut files = BTreeSet::new();
    for place in places {
        collect(&root.join(place), &mut files).map_err(|e| format!("{place} of {FILE}: {e}"))?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        fs::metadata(path)?;
        files.insert(path.to_path_buf());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !(name.starts_with('.') || name == "tests" || name == "tests.rs") {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().to_path_buf()
    }

    #[test]
    fn tests_and_other_tracks_are_left_out() {
        let root = repository();
        let mut sources = Sources::read(&root).unwrap();
        let mt = sources.files_of(&root, "mt").unwrap();
        assert!(mt.contains(&root.join("baselines/src/translation/model.rs")));
        assert!(mt.iter().all(|file| !file.to_string_lossy().contains("tests")), "{mt:?}");
        let own = vec!["baselines/src/latency".to_string()];
        sources.track.insert("other".into(), TrackSources { sources: own });
        let other = sources.files_of(&root, "other").unwrap();
        assert!(!other.contains(&root.join("baselines/src/translation/model.rs")));
        assert!(!other.contains(&root.join("baselines/spaces/src/hat/count.rs")));
        assert!(!sources.files_of(&root, "mt").unwrap().contains(&root.join("baselines/src/latency/measure.rs")));
    }

    #[test]
    fn a_place_that_does_not_exist_is_named() {
        let root = repository();
        let mut sources = Sources::read(&root).unwrap();
        sources.shared.push("baselines/src/nothing".into());
        assert!(sources.files_of(&root, "mt").unwrap_err().contains("baselines/src/nothing"));
    }
}
