//! The verb `status` says how far a run has come.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use mos_plan::cli::StatusArgs;
use mos_plan::estimate::duration::round;
use mos_plan::files::folder::{RunFolder, newest_run};
use mos_plan::files::job::{JobFile, JobState};
use mos_plan::files::plan::PlanEntry;

use crate::run::started::{planned, progress};
use crate::run::store::owner;

/// Prints the state of a run's jobs.
pub fn run(root: &Path, args: &StatusArgs) -> Result<()> {
    let name = args.run.clone().map_or_else(|| newest_run(root), Ok)?;
    let folder = RunFolder::existing(root, &name)?;
    let manifest = folder.planned_manifest()?;
    let owner = owner(&folder);
    let jobs = planned(&folder)?;
    let e = &manifest.environment;
    println!(
        "run {name}: profile {}, corpus {}, planned {}",
        manifest.profile,
        manifest.corpus().id,
        manifest.created_utc
    );
    println!("{}: {} worker(s) x {} thread(s), {}", e.device, e.workers, e.threads_per_job, e.cpu);
    match &owner {
        Some(pid) => println!("in use by process {pid}"),
        None => println!("nobody is working on it; go on with: {}", manifest.command),
    }
    println!();
    let width = jobs.iter().map(|(entry, _)| entry.label.len()).max().unwrap_or(0);
    for (PlanEntry { id, label }, job) in &jobs {
        let seconds = job.as_ref().and_then(|j| j.work_seconds).map(|s| round(Duration::from_secs_f64(s)));
        let error = job.as_ref().and_then(|j| j.error.as_deref()).unwrap_or_default();
        let word = job.as_ref().map_or("waiting", |job| word(job, owner.is_some()));
        println!("{label:width$}  {word:11} {:>9}  {id}  {error}", seconds.unwrap_or_default());
    }
    let (finished, all) = progress(&jobs);
    println!("\n{finished} of {all} jobs are finished; logs: {}", folder.job_dir("<id>/log.txt").display());
    Ok(())
}

fn word(job: &JobFile, owned: bool) -> &'static str {
    match job.state {
        JobState::Running if owned => "running",
        JobState::Running | JobState::Interrupted => "interrupted",
        JobState::Finished if job.diverged => "diverged",
        JobState::Finished if job.void.is_some() => "void",
        JobState::Failed => "failed",
        JobState::Finished => "finished",
    }
}
