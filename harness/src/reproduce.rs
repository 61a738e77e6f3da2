//! `reproduce`: prepare, plan, execute, merge, render, print.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use mos_baselines::space::SearchSpace;
use mos_datasets::storage::{sha256, sha256_file};
use serde::{Deserialize, Serialize};

use crate::cli::ReproduceArgs;
use crate::dryrun;
use crate::executor::Summary;
use crate::experiment::{Choices, Experiment};
use crate::latency_predictor::select::check_rows;
use crate::names::check_run_name;
use crate::overhead;
use crate::plan::{Found, FoundSubnet, JobGraph, Planner, name_found};
use crate::profile::{Device, Profile};
use crate::session::{Session, last_part, require_dataset, stopped};
use crate::spec::{RetrainWeights, Work};
use crate::store::{RunStore, State};
use crate::{files, interrupt, machine, records, trial, work};

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &ReproduceArgs) -> Result<u8> {
    let choices = Choices {
        dataset: args.dataset.as_deref(),
        methods: &args.methods,
        archs: args.archs.as_deref(),
        seeds: args.seeds,
        max_updates: args.max_updates,
        micro_batches: args.micro_batches,
        device: args.device.as_deref().map(|name| if name == "cuda" { Device::Cuda } else { Device::Cpu }),
        retrain: args.retrain.as_deref().map(|what| match what {
            "routed" => RetrainWeights::Routed,
            _ => RetrainWeights::Merged,
        }),
    };
    let experiment = Experiment::resolve(&args.profile, &choices)?;
    let name = run_name(args)?;
    let jobs = args.jobs.map(|n| n as usize);
    require_dataset(&experiment)?;
    let table = args.latencies.as_deref().map(|path| given_latencies(path, &experiment.space)).transpose()?;
    if args.dry_run {
        let plan = match args.max_updates {
            Some(_) => dryrun::Kind::Trial,
            None => dryrun::Kind::Full { table: table.as_deref().map(sha256) },
        };
        dryrun::run(root, &name, &experiment, jobs, plan, args.json)?;
        return Ok(0);
    }
    require_kind(root, &name, args.max_updates.is_some())?;
    let session = Session::start(root, &name, experiment, jobs)?;
    // Before work starts: a sweep that is not what the profile says must not end in a report.
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

/// A trial and a full run do not share a folder: each would overwrite the other's plan.
fn require_kind(root: &Path, name: &str, trial: bool) -> Result<()> {
    let before = RunStore::look(root, name).ok().map(|store| store.manifest()).transpose()?.flatten();
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

/// Carries out what can be planned now, then what the searches found; `None` when asked to stop.
fn carry_out(session: &Session, args: &ReproduceArgs, table: Option<String>) -> Result<Option<Carried>> {
    let (context, experiment) = (session.context(), &session.experiment);
    let mut planner = Planner::new(experiment, &context, table)?;
    let (mut summary, mut started) = (Summary::default(), None);
    loop {
        let found = known_found(session, &planner)?;
        planner.add_found(&found)?;
        session.write_manifest(command_line(args, last_part), &experiment.subnets, &found)?;
        session.announce(&planner.graph)?;
        let executed = session.execute(&planner.graph, false)?;
        if executed.summary.interrupted {
            return Ok(None);
        }
        summary.finished += executed.summary.finished;
        summary.work_seconds += executed.summary.work_seconds;
        started = started.or(executed.started);
        if found.len() == planner.searches.len() {
            return Ok(Some(Carried { graph: planner.graph, summary, started }));
        }
    }
}

/// What the searches found; nothing until all of them have ended.
fn known_found(session: &Session, planner: &Planner) -> Result<Vec<FoundSubnet>> {
    let mut found = Vec::new();
    for search in &planner.searches {
        let id = &planner.graph.jobs[search.job].id;
        if session.store.job(id)?.is_none_or(|job| job.state != State::Finished) {
            return Ok(vec![]);
        }
        let arch = work::found(&session.store.job_dir(id))?.arch;
        found.push(Found { method: search.method.clone(), seed: search.seed, limit: search.limit, arch });
    }
    Ok(name_found(&session.experiment, found))
}

/// The user's latency table, read before anything is made.
fn given_latencies(path: &Path, space: &SearchSpace) -> Result<Vec<u8>> {
    let rows = mos_baselines::latency::table::read(path).context("--latencies")?;
    check_rows(&rows).with_context(|| format!("--latencies {}", path.display()))?;
    let is_width = |choices: &[i64], value: f64| choices.iter().any(|&choice| choice as f64 == value);
    let foreign = rows.iter().find(|row| {
        !is_width(&space.encoder_embed_dims, row.features[0]) || !is_width(&space.decoder_embed_dims, row.features[4])
    });
    if let Some(row) = foreign {
        bail!(
            "--latencies {}: it holds a subnet of widths {} and {}, which space {} does not have; measure that space",
            path.display(),
            row.features[0],
            row.features[4],
            space.name
        );
    }
    std::fs::read(path).with_context(|| format!("--latencies: could not read {}", path.display()))
}

/// Keeps the table in the run's folder, and gives its hash; removes that of an earlier call which this one does without.
fn keep_latencies(store: &RunStore, text: Option<&[u8]>) -> Result<Option<String>> {
    let path = store.dir.join(work::LATENCY_TABLE);
    if text.is_none() && path.exists() {
        std::fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
    }
    text.map(|text| files::write_atomic(&path, text).map(|()| sha256(text))).transpose()
}

/// `--run`, else the profile, followed by the corpus where it is not the profile's own.
fn run_name(args: &ReproduceArgs) -> Result<String> {
    let trial = if args.max_updates.is_some() { "-trial" } else { "" };
    let name = match (&args.run, &args.dataset) {
        (Some(name), _) => name.clone(),
        (None, Some(dataset)) if Profile::find(&args.profile)?.dataset != *dataset => {
            format!("{}{trial}-{}", args.profile, last_part(dataset))
        }
        _ => format!("{}{trial}", args.profile),
    };
    check_run_name(&name)?;
    if name.starts_with("tune-") {
        bail!("--run {name}: names that start with `tune-` are those of `cargo xtask tune`; choose another");
    }
    Ok(name)
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@+".contains(c);
    if argument.chars().all(plain) { argument.to_string() } else { format!("'{}'", argument.replace('\'', r"'\''")) }
}

/// What a user would type to make this run, with paths as `path` writes them: in a manifest by their last part.
fn command_line(args: &ReproduceArgs, path: fn(&str) -> String) -> String {
    let mut command = format!("cargo xtask reproduce --profile {}", args.profile);
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
    option("device", args.device.clone());
    option("jobs", args.jobs.map(|n| n.to_string()));
    option("run", args.run.clone());
    command
}

/// Copies the sweep's records beside `run.toml`, where the profile names them.
fn copy_tune_records(session: &Session) -> Result<Option<PathBuf>> {
    let copy = session.store.dir.join("tune.parquet");
    let Some(tuning) = &session.experiment.profile.tuning else {
        if copy.exists() {
            std::fs::remove_file(&copy).with_context(|| format!("could not remove {}", copy.display()))?;
        }
        return Ok(None);
    };
    if copy.exists() && sha256_file(&copy)? == tuning.sha256 {
        return Ok(Some(copy));
    }
    let source = session.root.join(&tuning.records);
    let mend = format!("restore it (git checkout {}) or tune again (`{}`)", tuning.records, tuning.command);
    let hash =
        sha256_file(&source).with_context(|| format!("the profile's rates come from {}; {mend}", tuning.records))?;
    if hash != tuning.sha256 {
        bail!("{} is not the file that the profile's rates come from (SHA-256 {hash}); {mend}", tuning.records);
    }
    files::copy_atomic(&source, &copy)?;
    Ok(Some(copy))
}

/// Says which rates no sweep stands behind.
fn warn_of_untuned(experiment: &Experiment, tune: Option<&Path>) -> Result<()> {
    let Some(tune) = tune else {
        eprintln!("note: the peak learning rates of profile {} come from no sweep", experiment.name);
        return Ok(());
    };
    let records = mos_reports::store::read_records(tune)?;
    let profile = &experiment.profile;
    let methods = profile.methods.iter().map(String::as_str);
    for remark in mos_reports::render::sweep_remarks(&records, methods, &last_part(&profile.dataset)) {
        eprintln!("note: peak learning rates: {remark}");
    }
    Ok(())
}

/// What the report was made from: where all of it is as it was, nothing is merged or drawn again.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stamp {
    code: String,
    jobs: String,
    manifest: String,
    tune: Option<String>,
    records: String,
    index: PathBuf,
    headline: String,
}

fn render(store: &RunStore, graph: &JobGraph, tune: Option<PathBuf>) -> Result<Stamp> {
    let path = store.dir.join("rendered.json");
    let mut stamp = Stamp {
        code: format!("{}-{}", machine::CODE_HASH, machine::REPORT_HASH),
        jobs: outputs_hash(store, graph)?,
        manifest: sha256_file(&store.dir.join("run.toml"))?,
        tune: tune.as_deref().map(sha256_file).transpose()?,
        records: sha256_file(&store.records()).unwrap_or_default(),
        index: PathBuf::new(),
        headline: String::new(),
    };
    let kept = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Stamp>(&text).ok());
    if let Some(kept) = kept.filter(|k| store.dir.join(&k.index).is_file()) {
        (stamp.index, stamp.headline) = (kept.index.clone(), kept.headline.clone());
        if stamp == kept {
            return Ok(stamp);
        }
    }
    let reported = reported(store, graph)?;
    mos_reports::store::write_records(&store.records(), &records::merge(graph, store, reported.iter())?)?;
    let rendered = mos_reports::render::render(&store.dir)?;
    stamp.records = sha256_file(&store.records())?;
    stamp.index = rendered.index.strip_prefix(&store.dir).unwrap_or(&rendered.index).to_path_buf();
    stamp.headline = rendered.headline;
    files::write_atomic(&path, &serde_json::to_vec_pretty(&stamp)?)?;
    Ok(stamp)
}

/// Every job but the trainings that were tried at another rate and not chosen.
fn reported(store: &RunStore, graph: &JobGraph) -> Result<Vec<usize>> {
    let mut unchosen = HashSet::new();
    for job in graph.jobs.iter().filter(|job| matches!(job.spec.work, Work::Score(_)) && job.needs.len() > 1) {
        let path = store.job_dir(&job.id).join(work::CHOSEN);
        let chosen = std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        unchosen.extend(job.needs.iter().copied().filter(|&need| graph.jobs[need].id != chosen));
    }
    Ok((0..graph.jobs.len()).filter(|job| !unchosen.contains(job)).collect())
}

fn outputs_hash(store: &RunStore, graph: &JobGraph) -> Result<String> {
    let mut text = String::new();
    for job in &graph.jobs {
        let file = store.job(&job.id)?.with_context(|| format!("{}: job.json is gone", job.label))?;
        text.push_str(&format!("{} {:?}\n", job.id, file.outputs.get(crate::worker::RECORDS)));
    }
    Ok(sha256(text.as_bytes()))
}

fn print(
    store: &RunStore,
    report: &Stamp,
    overhead: Option<overhead::Overhead>,
    finished_now: usize,
    jobs: usize,
    json: bool,
) -> Result<()> {
    let index = store.dir.join(&report.index);
    if json {
        let document = serde_json::json!({
            "run": store.name,
            "run_dir": store.dir,
            "records": store.records(),
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
    println!("records: {}", store.records().display());
    println!("report:  {}", index.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> ReproduceArgs {
        ReproduceArgs {
            profile: "quick".into(),
            track: "mt".into(),
            dataset: None,
            methods: vec![],
            archs: None,
            latencies: None,
            retrain: None,
            seeds: None,
            max_updates: None,
            micro_batches: None,
            device: None,
            jobs: None,
            run: None,
            dry_run: false,
            json: false,
        }
    }

    #[test]
    fn the_runs_name_tells_profile_and_foreign_corpus() {
        assert_eq!(run_name(&args()).unwrap(), "quick");
        let own = ReproduceArgs { dataset: Some("bible-en-de".into()), ..args() };
        assert_eq!(run_name(&own).unwrap(), "quick");
        let folder = ReproduceArgs { dataset: Some("/home/me/texts".into()), ..args() };
        assert_eq!(run_name(&folder).unwrap(), "quick-texts");
        assert!(run_name(&ReproduceArgs { run: Some("../x".into()), ..args() }).is_err());
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
