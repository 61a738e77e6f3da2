//! Makes the merged records and the report of a run.

use std::path::PathBuf;

use anyhow::{Context, Result};
use mos_base::files::{sha256, sha256_file};
use mos_plan::files::folder::{MANIFEST, RunFolder};
use mos_plan::files::job::RECORDS;
use mos_plan::graph::JobGraph;
use mos_reports::write_records;
use serde::{Deserialize, Serialize};

use super::records;
use crate::system::files;

/// Says what the report was made from. Where all of it is as it was, nothing is merged or drawn again.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    code: String,
    jobs: String,
    manifest: String,
    tune: Option<String>,
    records: String,
    /// Records of the runs that are shown beside.
    #[serde(default)]
    beside: Vec<String>,
    /// The page, relative to the run's folder.
    pub index: PathBuf,
    /// The result in plain text, for a terminal.
    pub headline: String,
}

/// Merges the records and draws the report, unless both are there as they should be.
///
/// # Errors
/// Fails if a file of the run cannot be read or written.
pub fn render(folder: &RunFolder, graph: &JobGraph, tune: Option<PathBuf>) -> Result<Stamp> {
    let path = folder.dir.join("rendered.json");
    let mut stamp = Stamp {
        code: format!("{} {}", env!("MOS_CODE_HASHES"), env!("MOS_REPORT_HASH")),
        jobs: outputs_hash(folder, graph)?,
        manifest: sha256_file(&folder.dir.join(MANIFEST))?,
        tune: tune.as_deref().map(sha256_file).transpose()?,
        records: sha256_file(&folder.records()).unwrap_or_default(),
        beside: beside(folder)?,
        index: PathBuf::new(),
        headline: String::new(),
    };
    let kept = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Stamp>(&text).ok());
    if let Some(kept) = kept.filter(|k| folder.dir.join(&k.index).is_file()) {
        (stamp.index, stamp.headline) = (kept.index.clone(), kept.headline.clone());
        if stamp == kept {
            return Ok(stamp);
        }
    }
    write_records(&folder.records(), &records::merge(graph, folder, 0..graph.jobs.len())?)?;
    let rendered = mos_reports::render(&folder.dir)?;
    stamp.records = sha256_file(&folder.records())?;
    stamp.index = rendered.index.strip_prefix(&folder.dir).unwrap_or(&rendered.index).to_path_buf();
    stamp.headline = rendered.headline;
    files::write_atomic(&path, &serde_json::to_vec_pretty(&stamp)?)?;
    Ok(stamp)
}

/// Returns the hashes of the records of runs that are shown beside this one, where they have any yet.
fn beside(folder: &RunFolder) -> Result<Vec<String>> {
    let names = folder.manifest()?.map(|manifest| manifest.beside).unwrap_or_default();
    let runs = folder.dir.parent().context("a run lies among others")?;
    let records = |name: &String| RunFolder { name: name.clone(), dir: runs.join(name) }.records();
    Ok(names.iter().map(|name| sha256_file(&records(name)).unwrap_or_default()).collect())
}

fn outputs_hash(folder: &RunFolder, graph: &JobGraph) -> Result<String> {
    let mut text = String::new();
    for job in &graph.jobs {
        let file = folder.job(&job.id)?.with_context(|| format!("{}: job.json is gone", job.label))?;
        text.push_str(&format!("{} {:?}\n", job.id, file.outputs.get(RECORDS)));
    }
    Ok(sha256(text.as_bytes()))
}
