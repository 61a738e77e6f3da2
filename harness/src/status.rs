//! `status`: how far a run has come.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cli::StatusArgs;
use crate::store::{JobFile, RunStore, State, newest_run};
use crate::ui;

/// Prints the state of a run's jobs.
pub fn run(root: &Path, args: &StatusArgs) -> Result<()> {
    let name = args.run.clone().map_or_else(|| newest_run(root), Ok)?;
    let store = RunStore::look(root, &name)?;
    let manifest = store.manifest()?.context("the run has no plan")?;
    let owner = store.owner();
    let jobs = jobs(&store)?;
    let e = &manifest.environment;
    println!("run {name}: profile {}, corpus {}, planned {}", manifest.profile, manifest.data.id, manifest.created_utc);
    println!("{}: {} worker(s) x {} thread(s), {}", e.device, e.workers, e.threads_per_job, e.cpu);
    match &owner {
        Some(pid) => println!("in use by process {pid}"),
        None => println!("nobody is working on it; go on with: {}", manifest.command),
    }
    println!();
    let width = jobs.iter().map(|j| j.label.len()).max().unwrap_or(0);
    for job in &jobs {
        let seconds = job.work_seconds.map(|s| ui::round(Duration::from_secs_f64(s))).unwrap_or_default();
        let error = job.error.as_deref().unwrap_or_default();
        println!("{:width$}  {:11} {seconds:>9}  {}  {error}", job.label, word(job, owner.is_some()), job.id);
    }
    let finished = jobs.iter().filter(|j| j.state == State::Finished).count();
    println!(
        "\n{finished} of {} started jobs are finished; logs: {}",
        jobs.len(),
        store.job_dir("<id>/log.txt").display()
    );
    Ok(())
}

/// Every started job of a run, by label.
pub fn jobs(store: &RunStore) -> Result<Vec<JobFile>> {
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
