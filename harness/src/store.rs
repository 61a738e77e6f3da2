//! The folder of a run: `run.toml`, `jobs/<id>/job.json`, `records.parquet`, and the lock that names its owner.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mos_datasets::storage::sha256_file;
use mos_reports::manifest::RunManifest;
use serde::{Deserialize, Serialize};

use crate::files;
use crate::lock::{self, Lock};
use crate::names::{check_run_name, parse_toml};
use crate::spec::JobSpec;

/// The repository: `MOS_ROOT`, else the nearest folder upwards with `Cargo.toml` and `harness/`.
pub fn find_root() -> Result<PathBuf> {
    if let Some(root) = std::env::var_os("MOS_ROOT").filter(|v| !v.is_empty()) {
        return Ok(PathBuf::from(root));
    }
    let here = std::env::current_dir().context("no current folder")?;
    let is_root = |p: &&Path| p.join("Cargo.toml").is_file() && p.join("harness").is_dir();
    match here.ancestors().find(is_root) {
        Some(root) => Ok(root.to_path_buf()),
        None => bail!("not inside the repository: change into it, or name it in the environment variable MOS_ROOT"),
    }
}

/// The folder that holds all runs.
pub fn runs_dir(root: &Path) -> PathBuf {
    root.join("runs")
}

/// One run folder.
#[derive(Debug)]
pub struct RunStore {
    /// Its name.
    pub name: String,
    /// Its path.
    pub dir: PathBuf,
    _lock: Option<Lock>,
}

impl RunStore {
    /// Opens (or makes) a run folder and takes its lock.
    ///
    /// # Errors
    /// A bad name; a live process owns the run.
    pub fn own(root: &Path, name: &str) -> Result<RunStore> {
        let mut store = RunStore::unowned(root, name)?;
        fs::create_dir_all(&store.dir).with_context(|| format!("could not make {}", store.dir.display()))?;
        store._lock = Some(lock::take(&store.dir.join("lock"), &format!("run {name}"))?);
        Ok(store)
    }

    /// Opens an existing run folder to look at.
    ///
    /// # Errors
    /// There is no such run (the nearest name is given).
    pub fn look(root: &Path, name: &str) -> Result<RunStore> {
        let store = RunStore::unowned(root, name)?;
        if !store.dir.join("run.toml").is_file() {
            let names = run_names(root);
            if names.is_empty() {
                bail!("no run named `{name}`: there are no runs yet; make one with `cargo xtask reproduce`");
            }
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let nearest = crate::names::nearest(name, &known);
            bail!("no run named `{name}`; did you mean `{nearest}`? (runs: {})", known.join(", "));
        }
        Ok(store)
    }

    fn unowned(root: &Path, name: &str) -> Result<RunStore> {
        check_run_name(name)?;
        Ok(RunStore { name: name.to_string(), dir: runs_dir(root).join(name), _lock: None })
    }

    /// The process that owns the run now, if any (asked from outside).
    pub fn owner(&self) -> Option<String> {
        lock::owner(&self.dir.join("lock"))
    }

    /// The folder of a job.
    pub fn job_dir(&self, id: &str) -> PathBuf {
        self.dir.join("jobs").join(id)
    }

    /// The run's merged records.
    pub fn records(&self) -> PathBuf {
        self.dir.join("records.parquet")
    }

    /// `run.toml`, where the run has been planned.
    pub fn manifest(&self) -> Result<Option<RunManifest>> {
        let path = self.dir.join("run.toml");
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        let manifest = parse_toml(&text)
            .with_context(|| format!("{} is damaged or of another version; delete it and try again", path.display()))?;
        Ok(Some(manifest))
    }

    /// Writes `run.toml`.
    pub fn write_manifest(&self, manifest: &RunManifest) -> Result<()> {
        let text = toml::to_string(manifest).context("run.toml")?;
        files::write_atomic(&self.dir.join("run.toml"), text.as_bytes())
    }

    /// `job.json` of a job, where it was ever started.
    pub fn job(&self, id: &str) -> Result<Option<JobFile>> {
        JobFile::read(&self.job_dir(id))
    }
}

/// One job of the newest plan, as `plan.json` lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanEntry {
    /// The job's id.
    pub id: String,
    /// For people.
    pub label: String,
}

impl RunStore {
    fn plan_path(&self) -> PathBuf {
        self.dir.join("plan.json")
    }

    /// Writes which jobs the newest plan holds.
    pub fn write_plan(&self, entries: &[PlanEntry]) -> Result<()> {
        files::write_atomic(&self.plan_path(), &serde_json::to_vec_pretty(entries).context("plan.json")?)
    }

    /// The jobs of the newest plan, in its order; none before the first one is carried out.
    pub fn plan(&self) -> Result<Vec<PlanEntry>> {
        let path = self.plan_path();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; the run's own command writes it again", path.display()))
    }
}

/// Names of all planned runs, sorted.
pub fn run_names(root: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(runs_dir(root)) else { return Vec::new() };
    let planned = entries.flatten().filter(|e| e.path().join("run.toml").is_file());
    let mut names: Vec<String> = planned.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The run whose plan was written last.
pub fn newest_run(root: &Path) -> Result<String> {
    let written =
        |name: &String| fs::metadata(runs_dir(root).join(name).join("run.toml")).and_then(|m| m.modified()).ok();
    run_names(root)
        .into_iter()
        .max_by_key(written)
        .context("there are no runs yet; make one with `cargo xtask reproduce`")
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Started; if no process owns the run, it was killed and will resume.
    Running,
    /// Stopped on request, at a checkpoint.
    Interrupted,
    /// Ended with an error.
    Failed,
    /// Done: its outputs are there and hashed.
    Finished,
}

/// `job.json`: what a job is, how far it is, what it made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobFile {
    /// The job's id, a hash of `spec`.
    pub id: String,
    /// For people.
    pub label: String,
    /// How far it is.
    pub state: State,
    /// Times it was started.
    pub attempts: u32,
    /// Everything that decides its result.
    pub spec: JobSpec,
    /// SHA-256 of each output file.
    pub outputs: BTreeMap<String, String>,
    /// Outputs deleted on purpose by `runs clean`.
    pub cleaned: Vec<String>,
    /// Seconds of work of the attempt that finished it.
    pub work_seconds: Option<f64>,
    /// Why it failed.
    pub error: Option<String>,
    /// It failed because training diverged: the same again would diverge again.
    pub diverged: bool,
}

impl JobFile {
    /// A job about to start for the first time.
    pub fn new(spec: &JobSpec) -> JobFile {
        JobFile {
            id: spec.id(),
            label: spec.label(),
            state: State::Running,
            attempts: 0,
            spec: spec.clone(),
            outputs: BTreeMap::new(),
            cleaned: Vec::new(),
            work_seconds: None,
            error: None,
            diverged: false,
        }
    }

    /// Reads `job.json` from a job's folder.
    pub fn read(dir: &Path) -> Result<Option<JobFile>> {
        let path = dir.join("job.json");
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        let job: JobFile = serde_json::from_slice(&text).with_context(|| damaged(&path, dir))?;
        if job.spec.id() != job.id || dir.file_name().is_none_or(|n| n != job.id.as_str()) {
            bail!("{}: the id is not the hash of the spec", damaged(&path, dir));
        }
        Ok(Some(job))
    }

    /// Writes `job.json` into a job's folder.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).context("job.json")?;
        files::write_atomic(&dir.join("job.json"), &text)
    }

    /// Compares a finished job's outputs with their recorded hashes.
    ///
    /// # Errors
    /// A file is missing or altered: the job is refused by name, with the command that mends it.
    pub fn verify(&self, dir: &Path) -> Result<()> {
        for (name, recorded) in &self.outputs {
            let path = dir.join(name);
            let reason = match sha256_file(&path) {
                Ok(found) if found == *recorded => continue,
                Ok(_) => "was altered after the job finished",
                Err(_) => "is missing or unreadable",
            };
            bail!(
                "job {} ({}): its output {} {reason}; it is not used. Make it again: `rm -r {}`, then the same \
                 command",
                self.id,
                self.label,
                path.display(),
                dir.display()
            );
        }
        Ok(())
    }
}

fn damaged(path: &Path, dir: &Path) -> String {
    format!("{} is damaged; make the job again: `rm -r {}`, then the same command", path.display(), dir.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Context, Work};

    fn spec() -> JobSpec {
        let context = Context {
            track: "mt".into(),
            dataset: "d".into(),
            profile: "smoke".into(),
            data_hash: "0".into(),
            code_hash: "0".into(),
            libtorch: "2".into(),
            device: "cpu".into(),
            cpu_capability: "AVX2".into(),
            threads: 1,
        };
        JobSpec { context, work: Work::DataFacts { test_pairs: 0, longest_pair: 32 }, needs: vec![] }
    }

    fn finished(root: &Path) -> (PathBuf, JobFile) {
        let mut job = JobFile::new(&spec());
        let dir = root.join(&job.id);
        files::write_atomic(&dir.join("records.parquet"), b"rows").unwrap();
        job.outputs.insert("records.parquet".into(), sha256_file(&dir.join("records.parquet")).unwrap());
        job.state = State::Finished;
        job.write(&dir).unwrap();
        (dir, job)
    }

    #[test]
    fn a_job_file_survives_a_round_trip() {
        let root = tempfile::tempdir().unwrap();
        let (dir, job) = finished(root.path());
        assert_eq!(JobFile::read(&dir).unwrap().unwrap(), job);
        job.verify(&dir).unwrap();
    }

    #[test]
    fn altered_and_missing_outputs_are_refused_by_name_with_the_mending_command() {
        let root = tempfile::tempdir().unwrap();
        let (dir, job) = finished(root.path());
        fs::write(dir.join("records.parquet"), b"rowz").unwrap();
        let error = job.verify(&dir).unwrap_err().to_string();
        for part in [job.id.as_str(), "data facts", "records.parquet", "altered", "rm -r"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        fs::remove_file(dir.join("records.parquet")).unwrap();
        assert!(job.verify(&dir).unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn a_truncated_or_foreign_job_file_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let (dir, mut job) = finished(root.path());
        let text = fs::read_to_string(dir.join("job.json")).unwrap();
        fs::write(dir.join("job.json"), &text[..text.len() / 2]).unwrap();
        assert!(format!("{:#}", JobFile::read(&dir).unwrap_err()).contains("rm -r"));
        job.spec.context.threads = 2;
        job.write(&dir).unwrap();
        assert!(JobFile::read(&dir).unwrap_err().to_string().contains("hash of the spec"));
    }

    #[test]
    fn an_unknown_run_is_answered_with_the_nearest() {
        let root = tempfile::tempdir().unwrap();
        assert!(RunStore::look(root.path(), "quick").unwrap_err().to_string().contains("no runs yet"));
        files::write_atomic(&runs_dir(root.path()).join("quick/run.toml"), b"").unwrap();
        let error = RunStore::look(root.path(), "quik").unwrap_err().to_string();
        assert!(error.contains("did you mean `quick`"), "{error}");
        assert_eq!(newest_run(root.path()).unwrap(), "quick");
    }
}
