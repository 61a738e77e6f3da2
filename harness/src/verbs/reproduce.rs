//! The verb `reproduce` prepares, plans, executes, merges, renders and prints.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mos_base::files::sha256;
use mos_plan::choices::{experiment, given_latencies, last_part, run_name};
use mos_plan::cli::ReproduceArgs;
use mos_plan::files::folder::RunFolder;
use mos_plan::graph::JobGraph;
use mos_plan::planner::found::{FoundSubnet, name_found};
use mos_plan::planner::planner::Planner;

use super::trial;
use crate::executor::local::Summary;
use crate::run::overhead::{self, Overhead};
use crate::run::render::{Stamp, render};
use crate::run::session::{Session, require_dataset, stopped};
use crate::run::tuned::{copy_tune_records, warn_of_untuned};
use crate::system::{files, interrupt};
use crate::worker::latency::LATENCY_TABLE;
use crate::worker::search;

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &ReproduceArgs) -> Result<u8> {
    if args.dry_run {
        bail!("a dry run needs no libtorch, and `mos-plan` answers it: `cargo xtask reproduce --dry-run`");
    }
    let (experiment, name) = (experiment(args)?, run_name(args)?);
    let jobs = args.jobs.map(|n| n as usize);
    require_dataset(&experiment)?;
    let table = args.latencies.as_deref().map(|path| given_latencies(path, &experiment.space)).transpose()?;
    require_kind(root, &name, args.max_updates.is_some())?;
    let session = Session::start(root, &name, experiment, jobs)?;
    // The records are copied before work starts: a sweep that is not what the profile says must not end in a report.
    let tune = copy_tune_records(&session)?;
    warn_of_untuned(&session.experiment, tune.as_deref())?;
    let table = keep_latencies(&session.store, table.as_deref())?;
    interrupt::count_signals()?;
    if args.max_updates.is_some() {
        return trial::run(&session, &command_line(args, last_part), &command_line(args, quoted), args.json);
    }
    let Carried { graph, summary, started } = match carry_out(&session, args, table)? {
        Some(carried) => carried,
        None => return Ok(stopped(&command_line(args, quoted))),
    };
    let rendering = Instant::now();
    let report = render(&session.store, &graph, tune)?;
    let overhead = match started {
        Some(started) => Some(overhead::note(&session, &summary, started, rendering.elapsed())?),
        None => overhead::last(&session.store.dir),
    };
    print(&session.store, &report, overhead, summary.finished, graph.jobs.len(), args.json)?;
    Ok(0)
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
fn carry_out(session: &Session, args: &ReproduceArgs, table: Option<String>) -> Result<Option<Carried>> {
    let (basis, experiment) = (session.basis(), &session.experiment);
    let mut planner = Planner::new(experiment, &basis, table)?;
    let (mut summary, mut started) = (Summary::default(), None);
    loop {
        let known = known_found(session, &planner)?;
        let (all_ended, found) = (known.is_some(), known.unwrap_or_default());
        planner.add_found(&found)?;
        session.write_manifest(command_line(args, last_part), &experiment.subnets, &found)?;
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

/// Returns what the searches found, once all of them have ended. A search in a supernet that diverged found nothing.
fn known_found(session: &Session, planner: &Planner) -> Result<Option<Vec<FoundSubnet>>> {
    let mut archs = Vec::new();
    for planned in &planner.searches {
        let id = &planner.graph.jobs[planned.job].id;
        match session.store.job(id)? {
            Some(file) if file.is_finished() && file.void.is_some() => {}
            Some(file) if file.is_finished() => {
                archs.push((planned, search::found(&session.store.job_dir(id))?.arch));
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(name_found(&session.experiment, archs)))
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
    option("dataset", args.dataset.as_deref().map(path));
    option("methods", (!args.methods.is_empty()).then(|| args.methods.join(",")));
    option("archs", args.archs.as_ref().map(|p| path(&p.to_string_lossy())));
    option("latencies", args.latencies.as_ref().map(|p| path(&p.to_string_lossy())));
    option("seeds", args.seeds.map(|n| n.to_string()));
    option("retrain", args.retrain.clone());
    option("max-updates", args.max_updates.map(|n| n.to_string()));
    option("micro-batches", args.micro_batches.map(|n| n.to_string()));
    option("micro-batch-tokens", args.micro_batch_tokens.map(|n| n.to_string()));
    option("device", args.device.clone());
    option("jobs", args.jobs.map(|n| n.to_string()));
    option("run", args.run.clone());
    command
}

fn print(
    folder: &RunFolder,
    report: &Stamp,
    overhead: Option<Overhead>,
    finished_now: usize,
    jobs: usize,
    json: bool,
) -> Result<()> {
    let index = folder.dir.join(&report.index);
    if json {
        let document = serde_json::json!({
            "run": folder.name,
            "run_dir": folder.dir,
            "records": folder.records(),
            "report": index,
            "jobs": { "total": jobs, "finished_now": finished_now },
            "overhead": overhead,
            "headline": report.headline,
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    println!("{}", report.headline.trim_end());
    println!();
    match overhead {
        Some(overhead) if finished_now > 0 => println!("{finished_now} jobs done; {}", overhead.line()),
        _ => println!("nothing to do: all {jobs} jobs were finished"),
    }
    println!("records: {}", folder.records().display());
    println!("report:  {}", index.display());
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
