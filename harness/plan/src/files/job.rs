//! `job.json` says what a job is, how far it is and what it made.

use std::collections::BTreeMap;
use std::path::Path;

use mos_base::Split;
use mos_base::files::{sha256_file, write_atomic};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, refuse};
use crate::spec::job::JobSpec;

/// Version of this file's layout.
pub const JOB_SCHEMA: u32 = 2;

/// Name of the file in a job's folder.
pub const JOB_FILE: &str = "job.json";

/// Name of the file that holds a job's measured rows.
pub const RECORDS: &str = "records.parquet";

/// Returns the name of the file of a subnet's translations of a split, a sentence a line, in a scoring job's folder.
pub fn hypotheses_file(subnet: &str, split: Split) -> String {
    format!("hypotheses.{subnet}.{split}.txt")
}

/// Returns the name of the file of the references of a split, in the folder of the job of data facts.
pub fn references_file(split: Split) -> String {
    format!("references.{split}.txt")
}

/// Name of the file with the settings of a fine-tuning that were tried, and what each scored.
pub const TRIED: &str = "tried.json";

/// Returns the name of the file of what a fine-tuned network predicts on a split: a line an example, its label and the
/// prediction.
pub fn predictions_file(split: Split) -> String {
    format!("predictions.{split}.txt")
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It was started. If no process owns the run, the worker was killed and the job will resume.
    Running,
    /// It was stopped on request, at a checkpoint.
    Interrupted,
    /// It ended with an error.
    Failed,
    /// It is done: its outputs are there and hashed.
    Finished,
}

/// The contents of `job.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobFile {
    /// Version of the layout.
    pub schema: u32,
    /// The job's id, a hash of `spec`.
    pub id: String,
    /// The name that people see.
    pub label: String,
    /// How far it is.
    pub state: JobState,
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
    /// Whether its training diverged. It is finished all the same: the same again would diverge again.
    pub diverged: bool,
    /// Why it is finished without having measured anything: the training before it that diverged.
    #[serde(default)]
    pub void: Option<String>,
}

/// The part of the file that every version holds.
#[derive(Deserialize)]
struct AnyVersion {
    #[serde(default = "first_version")]
    schema: u32,
}

fn first_version() -> u32 {
    1
}

impl JobFile {
    /// Makes the file of a job that is about to start for the first time.
    pub fn new(spec: &JobSpec) -> JobFile {
        JobFile {
            schema: JOB_SCHEMA,
            id: spec.id(),
            label: spec.label(),
            state: JobState::Running,
            attempts: 0,
            spec: spec.clone(),
            outputs: BTreeMap::new(),
            cleaned: Vec::new(),
            work_seconds: None,
            error: None,
            diverged: false,
            void: None,
        }
    }

    /// Reads the file from a job's folder; returns none where there is no such file.
    ///
    /// # Errors
    /// Fails if it is damaged, or of another version.
    pub fn read(dir: &Path) -> Result<Option<JobFile>> {
        let path = dir.join(JOB_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let text = std::fs::read(&path).map_err(Error::read(&path))?;
        let job: JobFile = serde_json::from_slice(&text).map_err(Error::within(damaged(&path, dir)))?;
        if job.spec.id() != job.id || dir.file_name().is_none_or(|n| n != job.id.as_str()) {
            refuse!("{}: the id is not the hash of the spec", damaged(&path, dir));
        }
        Ok(Some(job))
    }

    /// Says whether a job's folder was made by an earlier version of this program, which nothing reads any more.
    pub fn is_of_earlier_version(dir: &Path) -> bool {
        let text = std::fs::read(dir.join(JOB_FILE)).unwrap_or_default();
        serde_json::from_slice::<AnyVersion>(&text).is_ok_and(|file| file.schema < JOB_SCHEMA)
    }

    /// Writes the file into a job's folder.
    ///
    /// # Errors
    /// Fails if it cannot be written.
    pub fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(JOB_FILE);
        let text = serde_json::to_vec_pretty(self).expect("a job file is plain data");
        write_atomic(&path, &text).map_err(Error::within(format!("could not write {}", path.display())))
    }

    /// Compares a finished job's outputs with their recorded hashes.
    ///
    /// # Errors
    /// Fails if a file is missing or altered: the job is refused by name, with the command that mends it.
    pub fn verify(&self, dir: &Path) -> Result<()> {
        for (name, recorded) in &self.outputs {
            let path = dir.join(name);
            let reason = match sha256_file(&path) {
                Ok(found) if found == *recorded => continue,
                Ok(_) => "was altered after the job finished",
                Err(_) => "is missing or unreadable",
            };
            refuse!(
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

    /// Says whether the job is done.
    pub fn is_finished(&self) -> bool {
        self.state == JobState::Finished
    }
}

fn damaged(path: &Path, dir: &Path) -> String {
    format!("{} is damaged; make the job again: `rm -r {}`, then the same command", path.display(), dir.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing;
    use std::fs;
    use std::path::PathBuf;

    fn finished(root: &Path) -> (PathBuf, JobFile) {
        let mut job = JobFile::new(&testing::graph(&[&[]]).jobs[0].spec);
        let dir = root.join(&job.id);
        write_atomic(&dir.join(RECORDS), b"rows").unwrap();
        job.outputs.insert(RECORDS.into(), sha256_file(&dir.join(RECORDS)).unwrap());
        job.state = JobState::Finished;
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
        fs::write(dir.join(RECORDS), b"rowz").unwrap();
        let error = job.verify(&dir).unwrap_err().to_string();
        for part in [job.id.as_str(), "data facts", RECORDS, "altered", "rm -r"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        fs::remove_file(dir.join(RECORDS)).unwrap();
        assert!(job.verify(&dir).unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn a_truncated_foreign_or_older_job_file_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let (dir, mut job) = finished(root.path());
        let text = fs::read_to_string(dir.join(JOB_FILE)).unwrap();
        fs::write(dir.join(JOB_FILE), &text[..text.len() / 2]).unwrap();
        assert!(JobFile::read(&dir).unwrap_err().to_string().contains("rm -r"));
        assert!(!JobFile::is_of_earlier_version(&dir));
        job.spec.context.threads = 2;
        job.write(&dir).unwrap();
        assert!(JobFile::read(&dir).unwrap_err().to_string().contains("hash of the spec"));
        assert!(!JobFile::is_of_earlier_version(&dir));
        fs::write(dir.join(JOB_FILE), "{\"id\": \"0\", \"state\": \"finished\"}").unwrap();
        assert!(JobFile::is_of_earlier_version(&dir) && JobFile::read(&dir).is_err());
    }
}
