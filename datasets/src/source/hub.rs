//! Corpora on the Hugging Face hub: Parquet files with their own splits, too large to be in memory.

use super::parquet::{PairFile, Row};
use crate::hub::download::{self, megabytes};
use crate::hub::pins::{HubFiles, Pinned};
use crate::pretokenise::Pretokenisation;
use crate::{Result, Split};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Files on the hub, and how their text is prepared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HuggingFace {
    /// Field of the source side in the column `translation`.
    pub source: String,
    /// Field of the target side.
    pub target: String,
    /// How text is split before BPE.
    pub pretokenisation: Pretokenisation,
    /// Training pairs that BPE is trained on, drawn by `sample_seed`.
    pub sample_pairs: usize,
    /// Seed of the draw.
    pub sample_seed: u64,
    /// Longest side of a training pair in tokens.
    pub max_tokens: usize,
    /// Largest ratio of the longer side of a training pair to the shorter one, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_token_ratio: Option<f64>,
    /// The files of each split.
    pub parts: Vec<HubFiles>,
}

/// The opened files of a corpus.
#[derive(Debug)]
pub struct Stream {
    /// Files by split.
    files: [Vec<PairFile>; 3],
    /// Rows that each split is said to hold.
    expected: [Option<usize>; 3],
    /// As in the entry.
    pub sample_pairs: usize,
    /// As in the entry.
    pub sample_seed: u64,
}

impl Stream {
    /// Rows of a split before all filters.
    pub fn rows(&self, split: Split) -> usize {
        self.files[split as usize].iter().map(PairFile::rows).sum()
    }

    /// How many rows were found, and how many should have been, for people.
    pub fn notes(&self) -> Vec<String> {
        let note = |split: Split| {
            let (rows, expected) = (self.rows(split), self.expected[split as usize]?);
            let verdict =
                if rows == expected { "as expected".into() } else { format!("where {expected} were expected") };
            Some(format!("The hub's files hold {rows} rows of {split}, {verdict}."))
        };
        Split::ALL.into_iter().filter_map(note).collect()
    }

    /// Gives all rows of a split to `each`, in order and in slices.
    pub fn read(&self, split: Split, each: &mut dyn FnMut(Vec<Row>) -> Result<()>) -> Result<()> {
        self.files[split as usize].iter().try_for_each(|file| file.read(each))
    }
}

impl HuggingFace {
    /// The pins of each part; asks the hub for those that are not known yet.
    pub fn pinned(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Pinned>> {
        self.parts.iter().map(|part| part.resolve(cache, progress)).collect()
    }

    /// The pins of each part, where they are known without asking.
    pub fn known(&self, cache: &Path) -> Result<Option<Vec<Pinned>>> {
        self.parts.iter().map(|part| part.known(cache)).collect()
    }

    pub(super) fn open(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Stream> {
        let mut files = [vec![], vec![], vec![]];
        let mut expected = [None; 3];
        for (part, pinned) in self.parts.iter().zip(self.pinned(cache, progress)?) {
            expected[part.split as usize] = part.expected_rows;
            for path in download::fetch(&pinned, progress)? {
                files[part.split as usize].push(PairFile::open(&path, &self.source, &self.target)?);
            }
        }
        Ok(Stream { files, expected, sample_pairs: self.sample_pairs, sample_seed: self.sample_seed })
    }

    /// The rules, and the hash of every file. Pins of the first fetch that move into the registry change nothing.
    pub(super) fn identity(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<serde_json::Value> {
        let hashes = |pinned: &Pinned| pinned.files.iter().map(|file| file.sha256.clone()).collect::<Vec<_>>();
        let files: Vec<_> = self.parts.iter().map(|part| part.split).zip(self.pinned(cache, progress)?).collect();
        let files: Vec<_> = files.iter().map(|(split, pinned)| (split, hashes(pinned))).collect();
        Ok(serde_json::json!({
            "kind": "hugging-face", "source": self.source, "target": self.target, "files": files,
            "pretokenisation": self.pretokenisation.tag(), "sample": [self.sample_pairs as u64, self.sample_seed],
            "max_tokens": self.max_tokens, "max_token_ratio": self.max_token_ratio,
        }))
    }

    pub(super) fn describe(&self) -> String {
        let mut datasets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for part in &self.parts {
            // The manifest has the whole commit.
            let dataset = format!("{} at {}", part.dataset, part.revision.get(..12).unwrap_or(&part.revision));
            datasets.entry(dataset).or_default().push(format!("{}*", part.prefix));
        }
        let datasets = datasets.into_iter().map(|(dataset, files)| format!("{dataset} ({})", files.join(", ")));
        format!("Hugging Face hub {}", datasets.collect::<Vec<_>>().join(" and "))
    }

    /// How much is to be downloaded, in words.
    pub(super) fn size(&self, cache: &Path) -> Result<String> {
        let Some(pinned) = self.known(cache)? else {
            return Ok("size not known before the first fetch".into());
        };
        let files: Vec<_> = pinned.iter().flat_map(|p| &p.files).collect();
        Ok(format!("{} in {} files", megabytes(files.iter().map(|f| f.bytes).sum()), files.len()))
    }
}
