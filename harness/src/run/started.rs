//! Lists the jobs of a run that are planned, and those that were ever started.

use std::path::PathBuf;

use anyhow::Result;
use mos_plan::files::folder::RunFolder;
use mos_plan::files::job::JobFile;
use mos_plan::files::plan::PlanEntry;

/// Lists every job of a run's newest plan, with what is known of it once it was started.
pub fn planned(folder: &RunFolder) -> Result<Vec<(PlanEntry, Option<JobFile>)>> {
    folder.plan()?.into_iter().map(|entry| Ok((entry.clone(), folder.job(&entry.id)?))).collect()
}

/// Counts the finished jobs, and all.
pub fn progress(jobs: &[(PlanEntry, Option<JobFile>)]) -> (usize, usize) {
    let finished = |(_, job): &&(PlanEntry, Option<JobFile>)| job.as_ref().is_some_and(JobFile::is_finished);
    (jobs.iter().filter(finished).count(), jobs.len())
}

/// Lists every job that was ever started in a run's folder by this version of the program, by label.
pub fn started(folder: &RunFolder) -> Result<Vec<JobFile>> {
    let mut jobs = Vec::new();
    for dir in job_dirs(folder).filter(|dir| !JobFile::is_of_earlier_version(dir)) {
        jobs.extend(JobFile::read(&dir)?);
    }
    jobs.sort_by(|a, b| a.label.cmp(&b.label).then(a.id.cmp(&b.id)));
    Ok(jobs)
}

/// Finds the folders of the jobs that an earlier version of the program left, which nothing reads any more.
pub fn left_by_earlier_versions(folder: &RunFolder) -> Vec<PathBuf> {
    job_dirs(folder).filter(|dir| JobFile::is_of_earlier_version(dir)).collect()
}

fn job_dirs(folder: &RunFolder) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder.dir.join("jobs")).into_iter().flatten();
    entries.flatten().map(|entry| entry.path())
}
