//! Knows the folder of a run: where its files lie, and how they are read.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use mos_base::names::{check_name, nearest};

use super::job::{JobFile, RECORDS};
use super::manifest::RunManifest;
use super::plan::{PlanEntry, PlanFile};
use crate::error::{Error, Result, refuse};

/// Name of the manifest in a run's folder.
pub const MANIFEST: &str = "run.toml";

/// Name of the copy of the sweep's records in a run's folder, where the profile's rates come from one.
pub const SWEEP: &str = "tune.parquet";

/// How the names of sweeps begin, and of nothing else. Sweeps have no report of their own.
pub const SWEEP_PREFIX: &str = "tune-";

/// Name of the folder of the rendered report in a run's folder.
pub const REPORT: &str = "report";

/// The repository: `MOS_ROOT`, else the nearest folder upwards with `Cargo.toml` and `harness/`.
///
/// # Errors
/// The current folder lies in no repository.
pub fn find_root() -> Result<PathBuf> {
    if let Some(root) = std::env::var_os("MOS_ROOT").filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(root));
    }
    let here = std::env::current_dir().map_err(|error| Error::Refused(format!("no current folder: {error}")))?;
    let is_root = |p: &&Path| p.join("Cargo.toml").is_file() && p.join("harness").is_dir();
    let Some(root) = here.ancestors().find(is_root) else {
        refuse!("not inside the repository: change into it, or name it in the environment variable MOS_ROOT");
    };
    Ok(root.to_path_buf())
}

/// The folder that holds all runs.
pub fn runs_dir(root: &Path) -> PathBuf {
    root.join("runs")
}

/// One run's folder, for anyone to read.
#[derive(Clone, Debug)]
pub struct RunFolder {
    /// The run's name.
    pub name: String,
    /// Its path.
    pub dir: PathBuf,
}

impl RunFolder {
    /// Returns the folder of a run, which need not exist.
    ///
    /// # Errors
    /// Fails if the name is not a plain folder name.
    pub fn of(root: &Path, name: &str) -> Result<RunFolder> {
        check_name("run", name).map_err(|e| Error::Refused(e.to_string()))?;
        Ok(RunFolder { name: name.to_string(), dir: runs_dir(root).join(name) })
    }

    /// Returns the folder of a planned run.
    ///
    /// # Errors
    /// Fails if there is no such run (the nearest name is given).
    pub fn existing(root: &Path, name: &str) -> Result<RunFolder> {
        let folder = RunFolder::of(root, name)?;
        if !folder.dir.join(MANIFEST).is_file() {
            let names = run_names(root);
            if names.is_empty() {
                refuse!("no run named `{name}`: there are no runs yet; make one with `cargo xtask reproduce`");
            }
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let nearest = nearest(name, &known);
            refuse!("no run named `{name}`; did you mean `{nearest}`? (runs: {})", known.join(", "));
        }
        Ok(folder)
    }

    /// Returns the folder of a job.
    pub fn job_dir(&self, id: &str) -> PathBuf {
        self.dir.join("jobs").join(id)
    }

    /// Returns the file of the run's merged records.
    pub fn records(&self) -> PathBuf {
        self.dir.join(RECORDS)
    }

    /// Returns the file of the newest plan.
    pub fn plan_path(&self) -> PathBuf {
        self.dir.join("plan.json")
    }

    /// Reads `run.toml`; returns none where the run has not been planned.
    ///
    /// # Errors
    /// Fails if it is damaged or of another version.
    pub fn manifest(&self) -> Result<Option<RunManifest>> {
        let path = self.dir.join(MANIFEST);
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(&path).map_err(Error::read(&path))?;
        let mend = format!("{} is damaged or of another version; delete it and try again", path.display());
        RunManifest::parse(&text).map(Some).map_err(Error::within(mend))
    }

    /// Reads `run.toml` of a run that has been planned.
    ///
    /// # Errors
    /// Fails if there is none, or it is damaged or of another version.
    pub fn planned_manifest(&self) -> Result<RunManifest> {
        self.manifest()?.ok_or_else(|| Error::Refused(format!("run {} has no plan", self.name)))
    }

    /// Reads `job.json` of a job; returns none where it was never started.
    ///
    /// # Errors
    /// Fails if it is damaged or of another version.
    pub fn job(&self, id: &str) -> Result<Option<JobFile>> {
        JobFile::read(&self.job_dir(id))
    }

    /// Returns the jobs of the newest plan in its order; none before the first plan is carried out.
    ///
    /// # Errors
    /// Fails if `plan.json` is damaged or of another version.
    pub fn plan(&self) -> Result<Vec<PlanEntry>> {
        let path = self.plan_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = std::fs::read(&path).map_err(Error::read(&path))?;
        let mend = format!("{} is damaged; the run's own command writes it again", path.display());
        PlanFile::parse(&text).map(|plan| plan.jobs).map_err(Error::within(mend))
    }
}

/// Returns the names of all planned runs, sorted.
pub fn run_names(root: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(runs_dir(root)) else { return Vec::new() };
    let planned = entries.flatten().filter(|e| e.path().join(MANIFEST).is_file());
    let mut names: Vec<String> = planned.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Returns the run whose plan was written last.
///
/// # Errors
/// Fails if there is none.
pub fn newest_run(root: &Path) -> Result<String> {
    let written = |name: &String| -> Option<SystemTime> {
        std::fs::metadata(runs_dir(root).join(name).join(MANIFEST)).and_then(|m| m.modified()).ok()
    };
    let newest = run_names(root).into_iter().max_by_key(written);
    newest.ok_or_else(|| Error::Refused("there are no runs yet; make one with `cargo xtask reproduce`".to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_base::files::write_atomic;

    #[test]
    fn an_unknown_run_is_answered_with_the_nearest() {
        let root = tempfile::tempdir().unwrap();
        let missing = |name: &str| RunFolder::existing(root.path(), name).unwrap_err().to_string();
        assert!(missing("quick").contains("no runs yet"));
        write_atomic(&runs_dir(root.path()).join("quick/run.toml"), b"").unwrap();
        assert!(missing("quik").contains("did you mean `quick`"));
        assert_eq!(newest_run(root.path()).unwrap(), "quick");
        assert!(missing("../quick").contains("run name"));
    }
}
