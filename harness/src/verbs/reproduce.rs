//! The verb `reproduce` prepares, plans, executes, merges, renders and prints.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mos_base::files::sha256;
use mos_plan::choices::{calls, experiment, given_latencies, last_part, run_name};
use mos_plan::cli::ReproduceArgs;
use mos_plan::experiment::Experiment;
use mos_plan::files::folder::RunFolder;
use mos_plan::files::job::RECORDS;
use mos_plan::graph::JobGraph;
use mos_plan::planner::known::{SearchState, known};
use mos_plan::planner::planner::Planner;
use mos_plan::{Metric, Record};
use mos_reports::read_records;

use super::trial;
use crate::executor::local::Summary;
use crate::run::overhead::{self, Overhead};
use crate::run::render::{Stamp, render};
use crate::run::session::{Session, require_dataset, stopped};
use crate::run::tuned::{copy_tune_records, warn_of_untuned};
use crate::system::{files, interrupt};
use crate::worker::found::SearchResult;
use crate::worker::latency::LATENCY_TABLE;

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &ReproduceArgs) -> Result<u8> {
    if args.dry_run {
        bail!("a dry run needs no libtorch, and `mos-plan` answers it: `cargo xtask reproduce --dry-run`");
    }
    // What can be refused is refused before the first run starts.
    let calls = calls(args)?.iter().map(|call| Checked::new(root, call)).collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = calls.iter().map(|call| call.name.clone()).collect();
    interrupt::count_signals()?;
    let mut done = Vec::new();
    for call in calls {
        let beside: Vec<String> = names.iter().filter(|name| **name != call.name).cloned().collect();
        let call = call.start(root, args.jobs.map(|n| n as usize))?;
        if args.max_updates.is_some() {
            let session = &call.session;
            return trial::run(session, &command_line(args, last_part), &command_line(args, quoted), args.json);
        }
        let Some(carried) = carry_out(&call.session, args, call.table, &beside)? else {
            return Ok(stopped(&command_line(args, quoted)));
        };
        // Each run has its report as soon as it can; runs that end later are added to it below.
        let rendering = Instant::now();
        render(&call.session.store, &carried.graph, call.tune.clone())?;
        let overhead = match carried.started {
            Some(started) => Some(overhead::note(&call.session, &carried.summary, started, rendering.elapsed())?),
            None => overhead::last(&call.session.store.dir),
        };
        done.push(Done { session: call.session, tune: call.tune, carried, overhead });
    }
    let reports = done.iter().map(|d| render(&d.session.store, &d.carried.graph, d.tune.clone()));
    let reports = reports.collect::<Result<Vec<_>>>()?;
    print(&done, &reports, args.json)?;
    Ok(0)
}

/// A call whose arguments make sense.
struct Checked {
    experiment: Experiment,
    name: String,
    /// Content of the user's table of latencies.
    table: Option<Vec<u8>>,
}

impl Checked {
    fn new(root: &Path, args: &ReproduceArgs) -> Result<Checked> {
        let (experiment, name) = (experiment(args)?, run_name(args)?);
        require_dataset(&experiment)?;
        let table = args.latencies.as_deref().map(|path| given_latencies(path, &experiment.space)).transpose()?;
        require_kind(root, &name, args.max_updates.is_some())?;
        Ok(Checked { experiment, name, table })
    }

    fn start(self, root: &Path, jobs: Option<usize>) -> Result<Started> {
        let session = Session::start(root, &self.name, self.experiment, jobs)?;
        // The records are copied before work starts: a sweep that is not what the profile says must not end in a report.
        let tune = copy_tune_records(&session)?;
        warn_of_untuned(&session.experiment, tune.as_deref())?;
        let table = keep_latencies(&session.store, self.table.as_deref())?;
        Ok(Started { session, tune, table })
    }
}

/// A run that is ready to work.
struct Started {
    session: Session,
    /// The records of the sweep behind its rates.
    tune: Option<PathBuf>,
    /// Hash of the user's table of latencies.
    table: Option<String>,
}

/// A run all of whose jobs are done.
struct Done {
    session: Session,
    tune: Option<PathBuf>,
    carried: Carried,
    overhead: Option<Overhead>,
}

/// Refuses to let a trial and a full run share a folder: each would overwrite the other's plan.
fn require_kind(root: &Path, name: &str, trial: bool) -> Result<()> {
    let before = RunFolder::existing(root, name).ok().map(|folder| folder.manifest()).transpose()?.flatten();
    match before {
        Some(before) if before.command.contains("--max-updates") != trial => {
            let kind = if trial { "not a trial" } else { "a trial (--max-updates)" };
            bail!("run {name} is {kind}; choose another name with --run")
        }
        _ => Ok(()),
    }
}

/// Every job of the run, and what carrying them out took.
struct Carried {
    graph: JobGraph,
    summary: Summary,
    started: Option<Instant>,
}

/// Carries out what can be planned now, then what the searches found; returns `None` when asked to stop.
fn carry_out(
    session: &Session,
    args: &ReproduceArgs,
    table: Option<String>,
    beside: &[String],
) -> Result<Option<Carried>> {
    let (basis, experiment) = (session.basis(), &session.experiment);
    let mut planner = Planner::new(experiment, &basis, table)?;
    let (mut summary, mut started) = (Summary::default(), None);
    loop {
        let known = known(&planner, |id| search_state(session, id), |id| counted_flops(session, id))?;
        let (all_ended, (found, guests)) = (known.is_some(), known.unwrap_or_default());
        planner.add_found(&found)?;
        planner.add_guest_nets(&guests)?;
        let command = command_line(args, last_part);
        session.write_manifest(command, &experiment.subnets, &found, &guests, beside)?;
        session.announce(&planner.graph)?;
        let executed = session.execute(&planner.graph)?;
        if executed.summary.interrupted {
            return Ok(None);
        }
        summary.finished += executed.summary.finished;
        summary.work_seconds += executed.summary.work_seconds;
        started = started.or(executed.started);
        if all_ended {
            return Ok(Some(Carried { graph: planner.graph, summary, started }));
        }
    }
}

/// Tells how far the search of a job has come.
fn search_state(session: &Session, id: &str) -> Result<SearchState> {
    Ok(match session.store.job(id)? {
        Some(file) if file.is_finished() && file.void.is_some() => SearchState::Void,
        Some(file) if file.is_finished() => SearchState::Found(SearchResult::read(&session.store.job_dir(id))?.arch),
        _ => SearchState::Open,
    })
}

/// Adds up the FLOPs that a job counted, those of a first training that failed included.
fn counted_flops(session: &Session, id: &str) -> Result<f64> {
    let counted = |record: &Record| {
        matches!(record.metric, Metric::TrainFlops | Metric::FailedFlops | Metric::SearchFlops).then_some(record.value)
    };
    Ok(read_records(&session.store.job_dir(id).join(RECORDS))?.iter().filter_map(counted).sum())
}

/// Keeps the table in the run's folder and returns its hash. It removes the table of an earlier call which this one
/// does without.
fn keep_latencies(folder: &RunFolder, text: Option<&[u8]>) -> Result<Option<String>> {
    let path = folder.dir.join(LATENCY_TABLE);
    if text.is_none() && path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
    }
    text.map(|text| files::write_atomic(&path, text).map(|()| sha256(text))).transpose()
}

/// Writes an argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@+".contains(c);
    if argument.chars().all(plain) { argument.to_string() } else { format!("'{}'", argument.replace('\'', r"'\''")) }
}

/// Returns what a user would type to make this run. Paths are written by `path`; a manifest takes their last part.
fn command_line(args: &ReproduceArgs, path: fn(&str) -> String) -> String {
    let mut command = format!("cargo xtask reproduce --profile {}", path(&args.profile));
    let mut option = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            command.push_str(&format!(" --{flag} {value}"));
        }
    };
    option("track", (args.track != "all").then(|| args.track.clone()));
    option("dataset", args.dataset.as_deref().map(path));
    option("methods", (!args.methods.is_empty()).then(|| args.methods.join(",")));
    option("archs", args.archs.as_ref().map(|p| path(&p.to_string_lossy())));
    option("latencies", args.latencies.as_ref().map(|p| path(&p.to_string_lossy())));
    option("seeds", args.seeds.map(|n| n.to_string()));
    option("fresh-seeds-from", args.fresh_seeds_from.map(|n| n.to_string()));
    option("retrain", args.retrain.clone());
    option("max-updates", args.max_updates.map(|n| n.to_string()));
    option("micro-batches", args.micro_batches.map(|n| n.to_string()));
    option("micro-batch-tokens", args.micro_batch_tokens.map(|n| n.to_string()));
    option("device", args.device.clone());
    option("jobs", args.jobs.map(|n| n.to_string()));
    option("run", args.run.clone());
    command
}

fn print(done: &[Done], reports: &[Stamp], json: bool) -> Result<()> {
    let index = |d: &Done, report: &Stamp| d.session.store.dir.join(&report.index);
    if json {
        let document = |(d, report): (&Done, &Stamp)| {
            serde_json::json!({
                "run": d.session.store.name,
                "run_dir": d.session.store.dir,
                "records": d.session.store.records(),
                "report": index(d, report),
                "jobs": { "total": d.carried.graph.jobs.len(), "finished_now": d.carried.summary.finished },
                "overhead": d.overhead,
                "headline": report.headline,
            })
        };
        let mut documents: Vec<_> = done.iter().zip(reports).map(document).collect();
        // One run is one object; several stand in a list.
        let document =
            if documents.len() == 1 { documents.remove(0) } else { serde_json::json!({ "runs": documents }) };
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    // The first report shows all runs of the call.
    let (Some(first), Some(report)) = (done.first(), reports.first()) else { return Ok(()) };
    println!("{}\n", report.headline.trim_end());
    for d in done {
        let (jobs, finished) = (d.carried.graph.jobs.len(), d.carried.summary.finished);
        match d.overhead {
            Some(overhead) if finished > 0 => println!("{finished} jobs done; {}", overhead.line()),
            _ => println!("nothing to do: all {jobs} jobs were finished"),
        }
        println!("records: {}", d.session.store.records().display());
    }
    println!("report:  {}", index(first, report).display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    /// Returns what a command line without options chooses.
    fn args() -> ReproduceArgs {
        let verb = ReproduceArgs::augment_args(Command::new("reproduce"));
        ReproduceArgs::from_arg_matches(&verb.get_matches_from(["reproduce"])).unwrap()
    }

    #[test]
    fn the_command_names_no_home_folder() {
        let args = ReproduceArgs {
            dataset: Some("/home/me/texts".into()),
            archs: Some("/home/me/a.json".into()),
            methods: vec!["hat".into(), "sandwich".into()],
            seeds: Some(3),
            ..args()
        };
        assert_eq!(
            command_line(&args, last_part),
            "cargo xtask reproduce --profile quick --dataset texts --methods hat,sandwich --archs a.json --seeds 3"
        );
        let spaced = ReproduceArgs { archs: None, dataset: Some("/home/me/my texts".into()), methods: vec![], ..args };
        assert_eq!(
            command_line(&spaced, quoted),
            "cargo xtask reproduce --profile quick --dataset '/home/me/my texts' --seeds 3"
        );
    }
}
