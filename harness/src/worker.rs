//! `mos-harness worker`: one job in a process of its own. Progress goes to standard output as JSON lines, everything
//! else to standard error, which the parent keeps as the job's log.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mos_datasets::storage::sha256_file;
use mos_reports::schema::Record;

use crate::cli::WorkerArgs;
use crate::interrupt::{EXIT_INTERRUPTED, worker_stop_flag};
use crate::lock;
use crate::machine::keep_freed_memory;
use crate::names::one_line;
use crate::store::{JobFile, State};
use crate::work::{self, Outcome, Progress, WorkContext};

/// How long a worker waits for one that a killed parent left behind at the same job, and that is saving its progress.
const PATIENCE: Duration = Duration::from_secs(120);

/// File of a job's measured rows.
pub const RECORDS: &str = "records.parquet";

/// Tells the parent how far the job is: one JSON line on standard output.
fn print_progress(progress: &Progress) {
    let mut out = std::io::stdout().lock();
    // A parent that is gone closes standard input as well, which stops the job; nothing to do here.
    let _ = writeln!(out, "{}", serde_json::to_string(progress).expect("plain data"));
    let _ = out.flush();
}

/// Runs the job of `args.job_dir` and leaves its state in `job.json`. Returns the exit status.
pub fn run(args: &WorkerArgs) -> Result<u8> {
    let dir = &args.job_dir;
    let _lock = lock::take_patiently(&dir.join("lock"), &format!("the job in {}", dir.display()), PATIENCE)?;
    let Some(mut job) = JobFile::read(dir)? else { bail!("{} holds no job.json", dir.display()) };
    // What a worker that outlived a killed parent may have written since ours looked.
    match job.state {
        State::Finished => return Ok(0),
        State::Running => {}
        State::Interrupted | State::Failed => {
            job.state = State::Running;
            job.write(dir)?;
        }
    }
    keep_freed_memory();
    let start = Instant::now();
    let result = prepare(args, &job).and_then(|context| work::run(&context, &job.spec));
    job.work_seconds = Some(start.elapsed().as_secs_f64());
    let ended = result.and_then(|outcome| finish(dir, &mut job, outcome));
    let status = match ended {
        Ok(state) => {
            job.state = state;
            if state == State::Finished { 0 } else { EXIT_INTERRUPTED }
        }
        Err(error) => {
            // The log has all of it, the run one line.
            eprintln!("error: {error:#}");
            job.state = State::Failed;
            job.diverged = diverged(&error);
            job.error = Some(one_line(&error));
            1
        }
    };
    job.write(dir)?;
    if job.state == State::Finished {
        // Only now: a kill before the line above resumes from the last checkpoint.
        work::sweep(dir)?;
    }
    Ok(status)
}

/// Sets the process up; the outputs of the jobs it needs are checked before they are used.
fn prepare(args: &WorkerArgs, job: &JobFile) -> Result<WorkContext> {
    let stop = worker_stop_flag()?;
    tch::set_num_threads(i32::try_from(args.threads).context("--threads")?);
    let jobs = args.job_dir.parent().context("--job-dir has no parent")?;
    let needs: Vec<_> = job.spec.needs.iter().map(|id| jobs.join(id)).collect();
    for dir in &needs {
        match JobFile::read(dir)? {
            Some(need) if need.state == State::Finished => need.verify(dir)?,
            _ => bail!("the job in {} has to be finished first", dir.display()),
        }
    }
    Ok(WorkContext {
        job_dir: args.job_dir.clone(),
        needs,
        corpus_dir: args.corpus_dir.clone(),
        loaded: args.loaded,
        matmul_gflops: args.matmul_gflops,
        checkpoint_minutes: args.checkpoint_minutes,
        stop,
        progress: Box::new(|progress| print_progress(&progress)),
    })
}

/// Writes the records and notes the hash of every output.
fn finish(dir: &Path, job: &mut JobFile, outcome: Outcome) -> Result<State> {
    let Outcome::Finished { records, outputs } = outcome else { return Ok(State::Interrupted) };
    check_records(job, &records)?;
    mos_reports::store::write_records(&dir.join(RECORDS), &records)?;
    job.outputs.clear();
    for name in outputs.into_iter().chain([RECORDS.to_string()]) {
        let hash = sha256_file(&dir.join(&name))?;
        job.outputs.insert(name, hash);
    }
    job.error = None;
    job.diverged = false;
    Ok(State::Finished)
}

/// A number that is no number must not reach a table.
fn check_records(job: &JobFile, records: &[Record]) -> Result<()> {
    if records.is_empty() {
        bail!("the job measured nothing");
    }
    for record in records {
        if record.job_id != job.id {
            bail!("a record of metric {} carries the id of another job, {}", record.metric, record.job_id);
        }
        if !record.value.is_finite() {
            bail!("metric {} of {} {} is {}", record.metric, record.method, record.subnet, record.value);
        }
    }
    Ok(())
}

/// Whether an error is a training's divergence.
pub fn diverged(error: &anyhow::Error) -> bool {
    let is = |e: &mos_baselines::Error| matches!(e, mos_baselines::Error::Diverged { .. });
    error.chain().any(|cause| cause.downcast_ref::<mos_baselines::Error>().is_some_and(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divergence_is_recognised_through_context() {
        let error = mos_baselines::Error::Diverged { update: 3, what: "loss", value: f64::NAN };
        let error = anyhow::Error::from(error).context("training hat");
        assert!(diverged(&error));
        assert!(!diverged(&anyhow::anyhow!("no such file")));
    }
}
