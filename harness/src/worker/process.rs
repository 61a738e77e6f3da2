//! `mos-harness worker` runs one job in a process of its own. Progress goes to standard output as JSON lines,
//! everything else to standard error, which the parent keeps as the job's log.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mos_base::files::sha256_file;
use mos_base::text::one_line;
use mos_plan::Record;
use mos_plan::cli::WorkerArgs;
use mos_plan::files::job::{JobFile, JobState, RECORDS};
use mos_plan::spec::inputs::{CorpusRole, Role};
use mos_plan::spec::job::JobSpec;
use mos_reports::write_records;

use super::context::{JobContext, Outcome, Progress};
use super::sweep::sweep;
use crate::system::interrupt::{EXIT_INTERRUPTED, worker_stop_flag};
use crate::system::lock;
use crate::system::machine::keep_freed_memory;

/// How long a worker waits for another one at the same job, which a killed parent left behind and which is saving its
/// progress.
const PATIENCE: Duration = Duration::from_secs(120);

/// A function that runs a job of any track.
pub type RunJob = fn(&JobContext, &JobSpec) -> Result<Outcome>;

/// Tells the parent how far the job is: one JSON line on standard output.
fn print_progress(progress: &Progress) {
    let mut out = std::io::stdout().lock();
    // A parent that is gone closes standard input as well, which stops the job, so nothing is to be done here.
    let _ = writeln!(out, "{}", serde_json::to_string(progress).expect("plain data"));
    let _ = out.flush();
}

/// Runs the job of `args.job_dir` by `run_job` and leaves its state in `job.json`. Returns the exit status.
pub fn run(args: &WorkerArgs, run_job: RunJob) -> Result<u8> {
    let dir = &args.job_dir;
    let _lock = lock::take_patiently(&dir.join("lock"), &format!("the job in {}", dir.display()), PATIENCE)?;
    let Some(mut job) = JobFile::read(dir)? else { bail!("{} holds no job.json", dir.display()) };
    // A worker that outlived a killed parent may have written the file since ours looked.
    match job.state {
        JobState::Finished => return Ok(0),
        JobState::Running => {}
        JobState::Interrupted | JobState::Failed => {
            job.state = JobState::Running;
            job.write(dir)?;
        }
    }
    keep_freed_memory();
    let start = Instant::now();
    let ended = match void(args, &job)? {
        Some(reason) => {
            job.void = Some(reason);
            Ok(JobState::Finished)
        }
        None => {
            let result = prepare(args, &job).and_then(|context| run_job(&context, &job.spec));
            result.and_then(|outcome| finish(dir, &mut job, outcome))
        }
    };
    job.work_seconds = Some(start.elapsed().as_secs_f64());
    let status = match ended {
        Ok(state) => {
            job.state = state;
            if state == JobState::Finished { 0 } else { EXIT_INTERRUPTED }
        }
        Err(error) => {
            // The log gets all of it, the run one line.
            eprintln!("error: {error:#}");
            job.state = JobState::Failed;
            job.error = Some(one_line(&format!("{error:#}")));
            1
        }
    };
    job.write(dir)?;
    if job.state == JobState::Finished {
        // This comes last: a kill before the line above resumes from the last checkpoint.
        sweep(dir)?;
    }
    Ok(status)
}

/// Returns why the job can measure nothing: a training that it rests on, itself or through another job, diverged.
fn void(args: &WorkerArgs, job: &JobFile) -> Result<Option<String>> {
    let jobs = args.job_dir.parent().context("--job-dir has no parent")?;
    for id in job.spec.inputs.ids() {
        let Some(input) = JobFile::read(&jobs.join(id))? else { continue };
        if input.diverged || input.void.is_some() {
            return Ok(Some(input.void.unwrap_or_else(|| format!("{} diverged", input.label))));
        }
    }
    Ok(None)
}

/// Sets the process up, and checks the outputs of the jobs it reads before they are used.
fn prepare(args: &WorkerArgs, job: &JobFile) -> Result<JobContext> {
    let stop = worker_stop_flag()?;
    tch::set_num_threads(i32::try_from(args.threads).context("--threads")?);
    let jobs = args.job_dir.parent().context("--job-dir has no parent")?;
    let mut inputs: BTreeMap<Role, Vec<_>> = BTreeMap::new();
    for (role, ids) in &job.spec.inputs.jobs {
        for id in ids {
            let dir = jobs.join(id);
            match JobFile::read(&dir)? {
                Some(input) if input.is_finished() => input.verify(&dir)?,
                _ => bail!("the job in {} has to be finished first", dir.display()),
            }
            inputs.entry(*role).or_default().push(dir);
        }
    }
    Ok(JobContext {
        job_dir: args.job_dir.clone(),
        inputs,
        corpora: args
            .corpora
            .iter()
            .map(|(name, folder)| Ok((corpus_role(name)?, folder.clone())))
            .collect::<Result<_>>()?,
        loaded: args.loaded,
        matmul_gflops: args.matmul_gflops,
        checkpoint_minutes: args.checkpoint_minutes,
        stop,
        progress: Box::new(|progress| print_progress(&progress)),
    })
}

fn corpus_role(name: &str) -> Result<CorpusRole> {
    let known = CorpusRole::ALL;
    known.into_iter().find(|role| role.name() == name).with_context(|| format!("--corpus {name}: no such role"))
}

/// Writes the records and notes the hash of every output.
fn finish(dir: &Path, job: &mut JobFile, outcome: Outcome) -> Result<JobState> {
    job.diverged = matches!(outcome, Outcome::Diverged { .. });
    let (records, outputs) = match outcome {
        Outcome::Finished { records, outputs } => (records, outputs),
        Outcome::Diverged { records } => (records, vec![]),
        Outcome::Interrupted => return Ok(JobState::Interrupted),
    };
    check_records(job, &records)?;
    write_records(&dir.join(RECORDS), &records)?;
    job.outputs.clear();
    for name in outputs.into_iter().chain([RECORDS.to_string()]) {
        let hash = sha256_file(&dir.join(&name))?;
        job.outputs.insert(name, hash);
    }
    job.error = None;
    Ok(JobState::Finished)
}

/// Refuses values that are not finite, which must not reach a table.
fn check_records(job: &JobFile, records: &[Record]) -> Result<()> {
    if records.is_empty() {
        bail!("the job measured nothing");
    }
    for record in records {
        if record.job_id != job.id {
            bail!("a record of metric {} carries the id of another job, {}", record.metric, record.job_id);
        }
        if !record.value.is_finite() {
            let (method, subject) = (&record.method, record.subject.text());
            bail!("metric {} of {method} {subject} is {}", record.metric, record.value);
        }
    }
    Ok(())
}
