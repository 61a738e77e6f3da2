//! Finding the run that a user means.

use std::cmp::Ordering;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mos_reports::manifest::RunManifest;

/// Files that make a folder a run.
const NEEDED: [&str; 2] = ["run.toml", "records.parquet"];

/// Beginning of the names of sweeps, which have no report of their own.
const SWEEP: &str = "tune-";

/// The folder of `run`: a folder of that path, else a run of that name, else (without a name) the newest run that is not
/// a sweep.
pub fn run_folder(run: Option<&str>) -> Result<PathBuf> {
    let runs = env::var_os("MOS_ROOT").map_or_else(PathBuf::new, PathBuf::from).join("runs");
    match run {
        Some(run) => named(run, &runs),
        None => newest(&runs),
    }
}

fn named(run: &str, runs: &Path) -> Result<PathBuf> {
    // A name that holds separators is a path and only that: it must not reach out of `runs/`.
    let is_name = Path::new(run).components().count() == 1 && !run.starts_with('.');
    let candidates = [Some(PathBuf::from(run)), is_name.then(|| runs.join(run))];
    if let Some(folder) = candidates.iter().flatten().find(|folder| is_run(folder)) {
        return Ok(folder.clone());
    }
    if let Some(folder) = candidates.iter().flatten().find(|folder| folder.is_dir()) {
        let missing = NEEDED.iter().find(|name| !folder.join(name).is_file()).unwrap_or(&NEEDED[0]);
        bail!("{}: holds no {missing}: the run has no results yet; finish it with its command", folder.display());
    }
    let known = names(runs);
    let similarity = |other: &&String| strsim::jaro_winkler(other, run);
    let nearest = known.iter().max_by(|a, b| similarity(a).partial_cmp(&similarity(b)).unwrap_or(Ordering::Equal));
    match nearest {
        Some(nearest) => bail!("no run `{run}`; the nearest is `{nearest}` (see `cargo xtask runs list`)"),
        None => bail!("no run `{run}`: neither a folder nor a name under {}", runs.display()),
    }
}

fn newest(runs: &Path) -> Result<PathBuf> {
    let created = |folder: &PathBuf| -> Option<String> {
        let text = fs::read_to_string(folder.join(NEEDED[0])).ok()?;
        Some(toml::from_str::<RunManifest>(&text).ok()?.created_utc)
    };
    let studies = names(runs).into_iter().filter(|name| !name.starts_with(SWEEP));
    let folders = studies.map(|name| runs.join(name)).filter(|folder| is_run(folder));
    // RFC 3339 in UTC sorts as text; a run whose manifest cannot be read comes first, that is, last in choice.
    folders
        .max_by_key(created)
        .with_context(|| format!("no finished run under {}; make one with `cargo xtask reproduce`", runs.display()))
}

fn is_run(folder: &Path) -> bool {
    NEEDED.iter().all(|name| folder.join(name).is_file())
}

/// Names of the folders under `runs`, sorted.
fn names(runs: &Path) -> Vec<String> {
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}
