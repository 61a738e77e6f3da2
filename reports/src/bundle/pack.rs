//! Packs a run.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use mos_base::files::{sha256, write_atomic};
use mos_base::text::one_line;
use mos_plan::files::folder::{MANIFEST, SWEEP};
use mos_plan::files::job::{JOB_FILE, JobFile, RECORDS};
use mos_plan::files::manifest::RunManifest;
use mos_plan::files::plan::PlanFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::crate_metadata::{citation, metadata};
use super::files::{BUNDLE, BUNDLE_SCHEMA, BundleFile, SUMS, sums};
use super::licence::may_be_handed_on;
use crate::error::{Error, Result};
use crate::render::draw_alone;

/// Files of a run that stand in a bundle where the run has them.
const OF_RUN: [&str; 6] = [MANIFEST, PLAN, "machine.json", RECORDS, SWEEP, "latencies.csv"];
const PLAN: &str = "plan.json";
/// Weights are left out: they are large, and nothing of the report rests on them.
const WEIGHTS: &str = ".safetensors";
/// Translations and references, which are texts of the corpus or made of them.
const TEXTS: &str = ".txt";

/// Which texts a bundle holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// Those that the licences of all corpora let be handed on.
    AsLicensed,
    /// All.
    All,
    /// None.
    None,
}

/// What was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The archive.
    pub path: PathBuf,
    /// Its SHA-256.
    pub digest: String,
    /// The SHA-256 of the run's plan, which is that of every run of the same plan.
    pub plan_digest: Option<String>,
    /// How many files it holds.
    pub files: usize,
    /// How many outputs were left out.
    pub left_out: usize,
    /// The licence because of which texts were left out.
    pub unfree: Option<String>,
}

/// Packs the run in `dir` into the archive `out`.
///
/// # Errors
/// This fails when a file of the run can't be read, an output of a finished job is missing, or the archive can't be
/// written.
pub fn pack(dir: &Path, out: &Path, texts: Texts) -> Result<Packed> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    let manifest = RunManifest::parse(&text).map_err(|reason| Error::Manifest { path, reason: one_line(&reason) })?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for name in OF_RUN.iter().filter(|name| dir.join(name).is_file()) {
        files.push(((*name).to_owned(), read(&dir.join(name))?));
    }
    let plan = files.iter().find(|(name, _)| name == PLAN).map(|(_, bytes)| bytes.clone());
    let mut licences = manifest.corpora.iter().map(|card| &card.text_licence);
    let unfree = licences.find(|licence| texts == Texts::AsLicensed && !may_be_handed_on(licence)).cloned();
    let with_text = texts != Texts::None && unfree.is_none();
    let left_out = add_jobs(dir, plan.as_deref(), with_text, &mut files)?;
    let drawn = draw_alone(dir)?;
    files.extend(drawn.files().into_iter().map(|(name, text)| (format!("report/{name}"), text.into_bytes())));
    let bundle = BundleFile { schema: BUNDLE_SCHEMA, run: manifest.name.clone(), left_out };
    let json = serde_json::to_vec_pretty(&bundle).map_err(|error| Error::Render(error.to_string()))?;
    files.push((BUNDLE.to_owned(), json));
    files.push(("CITATION.cff".to_owned(), citation(&manifest).into_bytes()));
    let description = metadata(&manifest, &files).into_bytes();
    files.push(("ro-crate-metadata.json".to_owned(), description));
    files.sort();
    files.push((SUMS.to_owned(), sums(&files).into_bytes()));
    let bytes = archive(&files).map_err(|reason| Error::Render(format!("{}: {reason}", out.display())))?;
    write_atomic(out, &bytes).map_err(Error::io(out))?;
    Ok(Packed {
        path: out.to_owned(),
        digest: sha256(&bytes),
        plan_digest: plan.map(|plan| sha256(&plan)),
        files: files.len(),
        unfree: unfree.filter(|_| bundle.left_out.iter().any(|name| name.ends_with(TEXTS))),
        left_out: bundle.left_out.len(),
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(Error::io(path))
}

/// Adds the jobs of the newest plan, and gives the outputs that were left out.
fn add_jobs(
    dir: &Path,
    plan: Option<&[u8]>,
    with_text: bool,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<Vec<String>> {
    let Some(plan) = plan else { return Ok(vec![]) };
    let plan = PlanFile::parse(plan).map_err(|reason| Error::input(&dir.join(PLAN), reason))?;
    let mut left_out = Vec::new();
    for entry in &plan.jobs {
        let folder = dir.join("jobs").join(&entry.id);
        let path = folder.join(JOB_FILE);
        let Some(job) = JobFile::read(&folder).map_err(|error| Error::input(&path, error.to_string()))? else {
            continue;
        };
        files.push((format!("jobs/{}/{JOB_FILE}", entry.id), read(&path)?));
        for name in job.outputs.keys().filter(|name| !job.cleaned.contains(name)) {
            let whole = format!("jobs/{}/{name}", entry.id);
            let is_left_out = name.ends_with(WEIGHTS) || (!with_text && name.ends_with(TEXTS));
            match is_left_out {
                true => left_out.push(whole),
                false => files.push((whole, read(&folder.join(name))?)),
            }
        }
    }
    left_out.sort();
    Ok(left_out)
}

/// Writes the archive: entries in the given order, without times, with the rights of a plain file.
fn archive(files: &[(String, Vec<u8>)]) -> std::result::Result<Vec<u8>, String> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).map_err(|error| error.to_string())?;
        zip.write_all(bytes).map_err(|error| error.to_string())?;
    }
    Ok(zip.finish().map_err(|error| error.to_string())?.into_inner())
}
