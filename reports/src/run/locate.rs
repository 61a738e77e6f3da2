//! This finds the run that a user means.

use std::fs;
use std::path::{Path, PathBuf};

use mos_base::names::nearest;
use mos_plan::files::folder::{MANIFEST, SWEEP_PREFIX};
use mos_plan::files::job::RECORDS;
use mos_plan::files::manifest::RunManifest;

use crate::error::{Error, Result};

/// A folder is a run when it holds these files.
const NEEDED: [&str; 2] = [MANIFEST, RECORDS];

/// Finds the folder of `run`, which is a folder of that path, or else a run of that name under `runs`. Without a name
/// it is the newest run that is not a sweep.
///
/// # Errors
/// [`Error::Run`] when there is no such run, which names the nearest one; [`Error::Input`] when it has no results yet.
pub fn find_run(run: Option<&str>, runs: &Path) -> Result<PathBuf> {
    match run {
        Some(run) => named(run, runs),
        None => newest(runs),
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
        let reason = format!("holds no {missing}: the run has no results yet; finish it with its command");
        return Err(Error::input(folder, reason));
    }
    let known = names(runs);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Err(Error::Run(match nearest(run, &known) {
        "" => format!("no run `{run}`: neither a folder nor a name under {}", runs.display()),
        nearest => format!("no run `{run}`; the nearest is `{nearest}` (see `cargo xtask runs list`)"),
    }))
}

fn newest(runs: &Path) -> Result<PathBuf> {
    let created = |folder: &PathBuf| -> Option<String> {
        let text = fs::read_to_string(folder.join(MANIFEST)).ok()?;
        Some(RunManifest::parse(&text).ok()?.created_utc)
    };
    let studies = names(runs).into_iter().filter(|name| !name.starts_with(SWEEP_PREFIX));
    let folders = studies.map(|name| runs.join(name)).filter(|folder| is_run(folder));
    // RFC 3339 in UTC sorts as text. A run whose manifest cannot be read sorts before all others, so it is chosen last.
    folders.max_by_key(created).ok_or_else(|| {
        Error::Run(format!("no finished run under {}; make one with `cargo xtask reproduce`", runs.display()))
    })
}

fn is_run(folder: &Path) -> bool {
    NEEDED.iter().all(|name| folder.join(name).is_file())
}

/// Gives the names of the folders under `runs`, sorted.
fn names(runs: &Path) -> Vec<String> {
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}
