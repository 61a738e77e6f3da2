//! `status`: how far a run has come.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cli::StatusArgs;
use crate::store::{JobFile, PlanEntry, RunStore, State, newest_run};
use crate::ui;

/// Prints the state of a run's jobs.
pub fn run(root: &Path, args: &StatusArgs) -> Result<()> {
    let name = args.run.clone().map_or_else(|| newest_run(root), Ok)?;
    let store = RunStore::look(root, &name)?;
    let manifest = store.manifest()?.context("the run has no plan")?;
    let owner = store.owner();
    let jobs = planned(&store)?;
    let e = &manifest.environment;
    println!("run {name}: profile {}, corpus {}, planned {}", manifest.profile, manifest.data.id, manifest.created_utc);
    println!("{}: {} worker(s) x {} thread(s), {}", e.device, e.workers, e.threads_per_job, e.cpu);
    match &owner {
        Some(pid) => println!("in use by process {pid}"),
        None => println!("nobody is working on it; go on with: {}", manifest.command),
    }
    println!();
    let width = jobs.iter().map(|(entry, _)| entry.label.len()).max().unwrap_or(0);
    for (PlanEntry { id, label }, job) in &jobs {
        let seconds = job.as_ref().and_then(|j| j.work_seconds).map(|s| ui::round(Duration::from_secs_f64(s)));
        let error = job.as_ref().and_then(|j| j.error.as_deref()).unwrap_or_default();
        let word = job.as_ref().map_or("waiting", |job| word(job, owner.is_some()));
        println!("{label:width$}  {word:11} {:>9}  {id}  {error}", seconds.unwrap_or_default());
    }
    let (finished, all) = progress(&jobs);
    println!("\n{finished} of {all} jobs are finished; logs: {}", store.job_dir("<id>/log.txt").display());
    Ok(())
}

/// Every job of a run's newest plan, with what is known of it once it was started.
pub fn planned(store: &RunStore) -> Result<Vec<(PlanEntry, Option<JobFile>)>> {
    store.plan()?.into_iter().map(|entry| Ok((entry.clone(), store.job(&entry.id)?))).collect()
}

/// Finished jobs, and all.
pub fn progress(jobs: &[(PlanEntry, Option<JobFile>)]) -> (usize, usize) {
    let finished = |(_, job): &&(PlanEntry, Option<JobFile>)| job.as_ref().is_some_and(|j| j.state == State::Finished);
    (jobs.iter().filter(finished).count(), jobs.len())
}

/// Every job that was ever started in a run's folder, by label.
pub fn started(store: &RunStore) -> Result<Vec<JobFile>> {
    let Ok(entries) = std::fs::read_dir(store.dir.join("jobs")) else { return Ok(Vec::new()) };
    let mut jobs = Vec::new();
    for entry in entries.flatten() {
        jobs.extend(JobFile::read(&entry.path())?);
    }
    jobs.sort_by(|a, b| a.label.cmp(&b.label).then(a.id.cmp(&b.id)));
    Ok(jobs)
}

fn word(job: &JobFile, owned: bool) -> &'static str {
    match job.state {
        State::Running if owned => "running",
        State::Running | State::Interrupted => "interrupted",
        State::Failed if job.diverged => "diverged",
        State::Failed => "failed",
        State::Finished => "finished",
    }
}
