//! Finds out which jobs of a graph are done.

use anyhow::Result;
use mos_plan::files::folder::RunFolder;
use mos_plan::graph::JobGraph;

/// Says of each job whether it is done. A job whose outputs were altered is an error; one whose weights were cleaned
/// away is done only as long as nothing else needs them.
pub fn done_jobs(graph: &JobGraph, folder: &RunFolder) -> Result<Vec<bool>> {
    let mut done = vec![false; graph.jobs.len()];
    let mut needed = vec![false; graph.jobs.len()];
    for (i, job) in graph.jobs.iter().enumerate().rev() {
        let file = folder.job(&job.id)?;
        done[i] = match &file {
            Some(file) if file.is_finished() => file.cleaned.is_empty() || !needed[i],
            Some(_) | None => false,
        };
        if done[i] {
            file.expect("a done job has a file").verify(&folder.job_dir(&job.id))?;
        } else {
            job.needs().for_each(|need| needed[need] = true);
        }
    }
    Ok(done)
}
