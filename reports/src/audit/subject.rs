//! What is audited: the files of a run, read as far as they can be.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mos_base::files::sha256_file;
use mos_base::text::one_line;
use mos_plan::Record;
use mos_plan::files::folder::{MANIFEST, SWEEP};
use mos_plan::files::job::{JOB_FILE, JobFile, RECORDS};
use mos_plan::files::manifest::RunManifest;
use mos_plan::files::plan::{PlanEntry, PlanFile};
use mos_plan::files::replay::Replay;
use tempfile::TempDir;

use super::checked::Remark;
use crate::bundle::{BUNDLE, BundleFile, SUMS, read_sums, unpack};
use crate::error::{Error, Result};
use crate::render::{Drawn, draw};
use crate::run::records::read_records;

/// The ending of files with weights.
const WEIGHTS: &str = ".safetensors";

/// What is audited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The folder of a run.
    Folder(PathBuf),
    /// A bundle, which is unpacked elsewhere and left as it is.
    Bundle(PathBuf),
}

/// A job of the run, as its folder has it.
#[derive(Clone, Debug)]
pub struct AuditedJob {
    /// The name of its folder.
    pub folder: String,
    /// Its file.
    pub file: JobFile,
    /// Its records; none where it has none, or they can't be read.
    pub records: Option<Vec<Record>>,
}

/// A text that a job made.
pub enum Text {
    /// It is this.
    Here(String),
    /// The bundle left it out, as it may.
    LeftOut,
    /// It has to be there and is not, or can't be read.
    Missing,
}

/// A bundle under audit.
#[derive(Debug)]
pub struct Bundle {
    /// Its SHA-256.
    pub digest: String,
    /// The SHA-256 that was told from outside.
    pub expected: Option<String>,
    /// What it leaves out; none where it does not say so in a form that can be read.
    pub file: Option<BundleFile>,
    /// The hashes that it holds of its files; none where they can't be read.
    pub sums: Option<Vec<(String, String)>>,
    /// The folder into which it was unpacked, for as long as it is audited.
    _unpacked: TempDir,
}

/// Jobs of the run that were made again.
#[derive(Debug)]
pub struct Replayed {
    /// The folder in which they stand.
    pub dir: PathBuf,
    /// Which they are.
    pub replay: Replay,
}

/// A run under audit.
#[derive(Debug)]
pub struct AuditedRun {
    /// The folder of the run.
    pub dir: PathBuf,
    /// The manifest.
    pub manifest: RunManifest,
    /// The records.
    pub records: Vec<Record>,
    /// The records of the sweep behind the rates, where there are any.
    pub sweep: Option<Vec<Record>>,
    /// The newest plan; none where the run has none, as one that was recorded without its jobs.
    pub plan: Option<Vec<PlanEntry>>,
    /// The jobs, by their folders' names.
    pub jobs: BTreeMap<String, AuditedJob>,
    /// Files that can't be read.
    pub unreadable: Vec<Remark>,
    /// How many files were read.
    pub files: usize,
    /// What stands in a bundle beside the run; none for a run's folder.
    pub bundle: Option<Bundle>,
    /// Jobs that were made again; none where nobody did so.
    pub replayed: Option<Replayed>,
    drawn: OnceCell<std::result::Result<Drawn, String>>,
}

impl AuditedRun {
    /// Reads a run, or a bundle of one, which is unpacked elsewhere and left as it is. `digest` is the SHA-256 that a bundle
    /// is told to have.
    ///
    /// # Errors
    /// This fails when there is no run, a bundle can't be unpacked, or a digest is told of what is no bundle.
    pub fn open(source: &Source, digest: Option<&str>) -> Result<AuditedRun> {
        match source {
            Source::Folder(_) if digest.is_some() => {
                Err(Error::Run("--expect-digest is of a bundle; pack the run with `cargo xtask bundle`".to_owned()))
            }
            Source::Folder(dir) => AuditedRun::read(dir),
            Source::Bundle(path) => {
                let folder = tempfile::tempdir().map_err(Error::io(path))?;
                unpack(path, folder.path())?;
                let found = sha256_file(path).map_err(|error| Error::input(path, error.to_string()))?;
                AuditedRun::of_bundle(folder, found, digest.map(str::to_lowercase))
            }
        }
    }

    /// Takes the jobs that were made again, which stand in this folder.
    ///
    /// # Errors
    /// This fails when the folder holds none, or those of another run.
    pub fn take_replay(&mut self, dir: &Path) -> Result<()> {
        let replay = Replay::read(dir).ok_or_else(|| Error::input(dir, "it holds no replay"))?;
        if replay.run != self.manifest.name {
            return Err(Error::input(
                dir,
                format!("it is a replay of run {}, not of {}", replay.run, self.manifest.name),
            ));
        }
        self.replayed = Some(Replayed { dir: dir.to_owned(), replay });
        Ok(())
    }

    /// Reads the run in `dir`. What can't be read is noted, as long as there are a manifest and records.
    ///
    /// # Errors
    /// This fails when the folder holds no manifest, or no records, that can be read.
    pub fn read(dir: &Path) -> Result<AuditedRun> {
        let path = dir.join(MANIFEST);
        let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
        let manifest =
            RunManifest::parse(&text).map_err(|reason| Error::Manifest { path, reason: one_line(&reason) })?;
        let records = read_records(&dir.join(RECORDS))?;
        let mut run = AuditedRun {
            dir: dir.to_owned(),
            manifest,
            records,
            sweep: None,
            plan: None,
            jobs: BTreeMap::new(),
            unreadable: vec![],
            files: 2,
            bundle: None,
            replayed: None,
            drawn: OnceCell::new(),
        };
        if dir.join(SWEEP).exists() {
            run.sweep = run.note(SWEEP, read_records(&dir.join(SWEEP)).map_err(|error| error.to_string()));
        }
        run.read_plan();
        run.read_jobs();
        Ok(run)
    }

    /// Reads a bundle that was unpacked into a folder, of this SHA-256 and told to have that one.
    ///
    /// # Errors
    /// This fails when it holds no run.
    pub fn of_bundle(unpacked: TempDir, digest: String, expected: Option<String>) -> Result<AuditedRun> {
        let mut run = AuditedRun::read(unpacked.path())?;
        let text = |name: &str| fs::read(unpacked.path().join(name)).map_err(|error| error.to_string());
        let file = run.note(BUNDLE, text(BUNDLE).and_then(|text| BundleFile::parse(&text)));
        let sums = run.note(SUMS, text(SUMS).and_then(|text| read_sums(&String::from_utf8_lossy(&text))));
        run.bundle = Some(Bundle { digest, expected, file, sums, _unpacked: unpacked });
        Ok(run)
    }

    /// Tells whether an output of a job was left out on purpose: by the bundle, or by `runs clean`, which removes weights.
    pub fn is_left_out(&self, job: &AuditedJob, name: &str) -> bool {
        let whole = format!("jobs/{}/{name}", job.folder);
        let bundle = self.bundle.as_ref().and_then(|bundle| bundle.file.as_ref());
        name.ends_with(WEIGHTS) && job.file.cleaned.iter().any(|cleaned| cleaned == name)
            || bundle.is_some_and(|file| file.left_out.contains(&whole))
    }

    /// Reads a text that a job made.
    pub fn text(&self, job: &AuditedJob, name: &str) -> Text {
        if self.is_left_out(job, name) {
            return Text::LeftOut;
        }
        let path = self.dir.join("jobs").join(&job.folder).join(name);
        fs::read_to_string(path).map_or(Text::Missing, Text::Here)
    }

    /// Counts a file, and notes it where it can't be read.
    fn note<T>(&mut self, file: &str, read: std::result::Result<T, String>) -> Option<T> {
        self.files += 1;
        match read {
            Ok(value) => Some(value),
            Err(reason) => {
                self.unreadable.push(Remark { says: one_line(&reason), file: file.to_owned(), row: None });
                None
            }
        }
    }

    fn read_plan(&mut self) {
        const PLAN: &str = "plan.json";
        let path = self.dir.join(PLAN);
        if path.exists() {
            let read = fs::read(&path).map_err(|error| error.to_string());
            self.plan = self.note(PLAN, read.and_then(|text| PlanFile::parse(&text).map(|plan| plan.jobs)));
        }
    }

    fn read_jobs(&mut self) {
        let entries = fs::read_dir(self.dir.join("jobs")).into_iter().flatten().flatten();
        let mut folders: Vec<String> = entries
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        folders.sort();
        for folder in folders {
            let dir = self.dir.join("jobs").join(&folder);
            let name = format!("jobs/{folder}/{JOB_FILE}");
            let text = fs::read(dir.join(JOB_FILE)).map_err(|error| error.to_string());
            let read =
                text.and_then(|text| serde_json::from_slice::<JobFile>(&text).map_err(|error| error.to_string()));
            let Some(file) = self.note(&name, read) else { continue };
            let records = if file.outputs.contains_key(RECORDS) {
                let read = read_records(&dir.join(RECORDS)).map_err(|error| error.to_string());
                self.note(&format!("jobs/{folder}/{RECORDS}"), read)
            } else {
                None
            };
            self.jobs.insert(folder.clone(), AuditedJob { folder, file, records });
        }
    }

    /// Gives the jobs of the newest plan that are finished, in its order. Where there is no plan, there are none.
    pub fn finished(&self) -> impl Iterator<Item = &AuditedJob> {
        let planned = self.plan.iter().flatten().filter_map(|entry| self.jobs.get(&entry.id));
        planned.filter(|job| job.file.is_finished())
    }

    /// Draws the report again, once.
    ///
    /// # Errors
    /// This fails, with the reason, when the records make no report.
    pub fn drawn(&self) -> std::result::Result<&Drawn, String> {
        self.drawn.get_or_init(|| draw(&self.dir).map_err(|error| error.to_string())).as_ref().map_err(Clone::clone)
    }

    /// Tells whether the run holds its jobs, and not only what they measured.
    pub fn has_jobs(&self) -> bool {
        self.plan.is_some()
    }
}
