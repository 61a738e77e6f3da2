//! Somebody who tampers with a run may make everything agree again: ids, hashes, plan, records and report.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mos_base::files::sha256_file;
use mos_plan::Record;
use mos_plan::files::job::{JobFile, RECORDS};
use mos_plan::files::manifest::RunManifest;
use mos_plan::files::plan::{PLAN_SCHEMA, PlanEntry, PlanFile};
use mos_reports::{read_records, write_records};

/// A run whose parts can be changed one by one.
pub struct Forged {
    /// Its folder.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: RunManifest,
    /// The jobs of its plan, in that order.
    pub jobs: Vec<ForgedJob>,
}

/// A job whose parts can be changed.
pub struct ForgedJob {
    /// Its id before anything was changed, and so its folder.
    pub was: String,
    /// Its name in the plan, which may say more than its file's.
    label: String,
    /// Its file.
    pub file: JobFile,
    /// Its records.
    pub records: Vec<Record>,
}

impl Forged {
    /// Reads a run.
    pub fn read(dir: &Path) -> Forged {
        let manifest = RunManifest::parse(&fs::read_to_string(dir.join("run.toml")).unwrap()).unwrap();
        let plan = PlanFile::parse(&fs::read(dir.join("plan.json")).unwrap()).unwrap();
        let job = |entry: &PlanEntry| {
            let folder = dir.join("jobs").join(&entry.id);
            let file = JobFile::read(&folder).unwrap().unwrap();
            let has_records = file.outputs.contains_key(RECORDS);
            let records = if has_records { read_records(&folder.join(RECORDS)).unwrap() } else { vec![] };
            ForgedJob { was: entry.id.clone(), label: entry.label.clone(), file, records }
        };
        Forged { dir: dir.to_owned(), manifest, jobs: plan.jobs.iter().map(job).collect() }
    }

    /// Finds a job by its label.
    pub fn job(&mut self, label: &str) -> &mut ForgedJob {
        let labels: Vec<String> = self.jobs.iter().map(|job| job.file.label.clone()).collect();
        let found = self.jobs.iter_mut().find(|job| job.file.label == label);
        found.unwrap_or_else(|| panic!("no job {label} among {labels:#?}"))
    }

    /// Goes through the records of all jobs.
    pub fn records(&mut self) -> impl Iterator<Item = &mut Record> {
        self.jobs.iter_mut().flat_map(|job| &mut job.records)
    }

    /// Writes what was changed and nothing else: what rests on it no longer agrees.
    pub fn write_raw(&self) {
        for job in &self.jobs {
            let folder = self.dir.join("jobs").join(&job.was);
            if job.file.outputs.contains_key(RECORDS) {
                write_records(&folder.join(RECORDS), &job.records).unwrap();
            }
            job.file.write(&folder).unwrap();
        }
        fs::write(self.dir.join("run.toml"), toml::to_string(&self.manifest).unwrap()).unwrap();
    }

    /// Writes what was changed, and makes all else agree with it.
    pub fn write_laundered(mut self) {
        self.rename();
        for job in &mut self.jobs {
            let (from, to) = (self.dir.join("jobs").join(&job.was), self.dir.join("jobs").join(&job.file.id));
            if from != to {
                fs::rename(from, &to).unwrap();
            }
            if job.file.outputs.contains_key(RECORDS) {
                write_records(&to.join(RECORDS), &job.records).unwrap();
            }
            let names: Vec<String> = job.file.outputs.keys().cloned().collect();
            for name in names.iter().filter(|name| !job.file.cleaned.contains(name)) {
                job.file.outputs.insert(name.clone(), sha256_file(&to.join(name)).unwrap());
            }
            job.file.write(&to).unwrap();
        }
        let entry = |job: &ForgedJob| PlanEntry { id: job.file.id.clone(), label: job.label.clone() };
        let plan = PlanFile { schema: PLAN_SCHEMA, jobs: self.jobs.iter().map(entry).collect() };
        fs::write(self.dir.join("plan.json"), serde_json::to_vec_pretty(&plan).unwrap()).unwrap();
        let records: Vec<Record> = self.jobs.iter().flat_map(|job| job.records.clone()).collect();
        write_records(&self.dir.join(RECORDS), &records).unwrap();
        fs::write(self.dir.join("run.toml"), toml::to_string(&self.manifest).unwrap()).unwrap();
        // What can't be rendered any more keeps its report.
        drop(mos_reports::render(&self.dir));
    }

    /// Gives jobs whose specs were changed the ids of these specs, and so all jobs that read them.
    fn rename(&mut self) {
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for job in &mut self.jobs {
            for ids in job.file.spec.inputs.jobs.values_mut() {
                ids.iter_mut().filter_map(|id| Some((renamed.get(id)?, id))).for_each(|(new, id)| *id = new.clone());
            }
            let id = job.file.spec.id();
            renamed.insert(job.was.clone(), id.clone());
            job.records
                .iter_mut()
                .filter(|record| record.job_id == job.was)
                .for_each(|record| record.job_id = id.clone());
            job.file.id = id;
        }
    }
}
