//! Corpora on the Hugging Face hub are Parquet files with their own splits, too large to be in memory as a whole.

use super::parquet::{PairFile, Row};
use crate::error::Result;
use crate::hub::download::{self, megabytes};
use crate::hub::pins::{HubFiles, Pinned};
use crate::text::pretokenise::Pretokenisation;
use mos_base::Split;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// This is what an entry says of files on the hub, and of how their text is prepared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HuggingFace {
    /// Name of the source side's field in the column `translation`.
    pub source: String,
    /// Name of the target side's field.
    pub target: String,
    /// How words and punctuation are separated before BPE.
    pub pretokenisation: Pretokenisation,
    /// How many training pairs BPE is trained on; `sample_seed` draws them.
    pub sample_pairs: usize,
    /// The seed of that draw.
    pub sample_seed: u64,
    /// Longest side of a training pair, in tokens.
    pub max_tokens: usize,
    /// Largest ratio of the longer side of a training pair to the shorter one, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_token_ratio: Option<f64>,
    /// The files of each split.
    pub parts: Vec<HubFiles>,
}

/// Slices are the opened files of a corpus, whose rows are read some at a time.
#[derive(Debug)]
pub struct Slices {
    /// The files of each split.
    files: [Vec<PairFile>; 3],
    /// How many rows each split is said to hold.
    expected: [Option<usize>; 3],
    /// How many training pairs BPE is trained on.
    pub sample_pairs: usize,
    /// The seed that draws them.
    pub sample_seed: u64,
}

impl Slices {
    /// Counts the rows of a split, before all filters.
    pub fn rows(&self, split: Split) -> usize {
        self.files[split as usize].iter().map(PairFile::rows).sum()
    }

    /// Gives remarks for the manifest: how many rows were found, and how many should have been.
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
    /// Gives the pins of each part. The hub is asked for those that are not known yet.
    pub fn pinned(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Pinned>> {
        self.parts.iter().map(|part| part.resolve(cache, progress)).collect()
    }

    /// Gives the pins of each part, if all are known without asking.
    pub fn known(&self, cache: &Path) -> Result<Option<Vec<Pinned>>> {
        self.parts.iter().map(|part| part.known(cache)).collect()
    }

    /// Downloads what is missing, and opens all files.
    pub(super) fn open(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Slices> {
        let mut files = [vec![], vec![], vec![]];
        let mut expected = [None; 3];
        for (part, pinned) in self.parts.iter().zip(self.pinned(cache, progress)?) {
            expected[part.split as usize] = part.expected_rows;
            for path in download::fetch(&pinned, progress)? {
                files[part.split as usize].push(PairFile::open(&path, &self.source, &self.target)?);
            }
        }
        Ok(Slices { files, expected, sample_pairs: self.sample_pairs, sample_seed: self.sample_seed })
    }

    /// Gives what decides the text: the rules, and the hash of every file. It stays the same when pins of the first
    /// fetch move into the registry.
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

    /// Says in one line which files of which datasets the text is made of.
    pub(super) fn describe(&self) -> String {
        let mut datasets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for part in &self.parts {
            // The start of the commit is enough here: the manifest has all of it.
            let dataset = format!("{} at {}", part.dataset, part.revision.get(..12).unwrap_or(&part.revision));
            datasets.entry(dataset).or_default().push(format!("{}*", part.prefix));
        }
        let datasets = datasets.into_iter().map(|(dataset, files)| format!("{dataset} ({})", files.join(", ")));
        format!("Hugging Face hub {}", datasets.collect::<Vec<_>>().join(" and "))
    }

    /// Says in words how much is to be downloaded.
    pub(super) fn size(&self, cache: &Path) -> Result<String> {
        let Some(pinned) = self.known(cache)? else {
            return Ok("size not known before the first fetch".into());
        };
        let files: Vec<_> = pinned.iter().flat_map(|p| &p.files).collect();
        Ok(format!("{} in {} files", megabytes(files.iter().map(|f| f.bytes).sum()), files.len()))
    }
}
