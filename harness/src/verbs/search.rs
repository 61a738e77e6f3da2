//! The verb `search` finds the best subnet of one supernet of a run, under a limit.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_base::files::sha256_file;
use mos_base::names::nearest;
use mos_plan::Metric;
use mos_plan::cli::SearchArgs;
use mos_plan::experiment::Experiment;
use mos_plan::files::folder::RunFolder;
use mos_plan::planner::planner::Planner;
use mos_plan::profile::profile::Profile;
use mos_spaces::search::limit::Limit;
use mos_spaces::{Method, count};

use crate::run::records;
use crate::run::session::{Session, stopped};
use crate::system::interrupt;
use crate::worker::found::{FOUND, SearchResult};
use crate::worker::latency::LATENCY_TABLE;

/// Runs the verb; returns the exit status.
pub fn run(root: &Path, args: &SearchArgs) -> Result<u8> {
    let limit = limit(args)?;
    let method = Method::find(&args.method).context("--method")?.name.as_str();
    let manifest = RunFolder::existing(root, &args.run)?.planned_manifest()?;
    if !manifest.methods.iter().any(|m| m == method) {
        let known: Vec<&str> = manifest.methods.iter().map(String::as_str).collect();
        bail!(
            "--method {method}: run {} trained {}; did you mean `{}`?",
            args.run,
            known.join(", "),
            nearest(method, &known)
        );
    }
    if !manifest.seeds.contains(&(args.seed as i64)) {
        bail!("--seed {}: run {} has seeds {:?}", args.seed, args.run, manifest.seeds);
    }
    let profile = Profile::parse("run.toml", &manifest.profile_toml)?;
    let experiment = Experiment::of(&manifest.profile, profile, None)?;
    if !limit.is_latency() {
        limit.resolve(&experiment.space, &|_| unreachable!("only a latency limit asks for latencies"))?;
    }
    let session = Session::again(root, &args.run, experiment)?;
    let basis = session.basis();
    let mut planner = Planner::empty(&session.experiment, &basis);
    let trained = planner.supernet(method, args.seed)?;
    let id = planner.graph.jobs[trained].id.clone();
    if session.store.job(&id)?.is_none_or(|job| !job.is_finished() || !job.cleaned.is_empty()) {
        bail!(
            "run {} holds no weights of {method}, seed {}, made by this code; train it: {}",
            args.run,
            args.seed,
            manifest.command
        );
    }
    let table = session.store.dir.join(LATENCY_TABLE);
    let given = if table.is_file() { Some(sha256_file(&table)?) } else { None };
    // The latencies of another device cannot be measured here.
    planner.measures = given.is_none();
    let predictor = if limit.is_latency() { Some(planner.predictor(given)?) } else { None };
    planner.search(method, args.seed, limit, predictor)?;
    interrupt::count_signals()?;
    if session.execute(&planner.graph)?.summary.interrupted {
        return Ok(stopped(&command_line(args, limit)));
    }
    let job = planner.searches[0].job;
    let id = &planner.graph.jobs[job].id;
    if let Some(reason) = session.store.job(id)?.and_then(|job| job.void) {
        bail!("run {} holds no weights to search: {reason}", args.run);
    }
    let found = SearchResult::read(&session.store.job_dir(id))?;
    let rows = records::merge(&planner.graph, &session.store, [job])?;
    let loss = rows.iter().find(|r| r.metric == Metric::SearchLoss).map(|r| r.value);
    print(args, &session, method, limit, &found, loss.context("the search recorded no loss")?, id)?;
    Ok(0)
}

fn limit(args: &SearchArgs) -> Result<Limit> {
    let limit = match (args.max_latency_ms, args.max_params, args.max_flops) {
        (Some(ms), ..) => Limit::LatencyMs(ms),
        (_, Some(n), _) => Limit::Params(n),
        (.., Some(n)) => Limit::Flops(n),
        _ => bail!("name a limit: --max-latency-ms, --max-params or --max-flops"),
    };
    if args.max_latency_ms.is_some_and(|ms| !(ms.is_finite() && ms > 0.0)) {
        bail!("--max-latency-ms must be a positive number");
    }
    Ok(limit)
}

fn command_line(args: &SearchArgs, limit: Limit) -> String {
    let limit = match limit {
        Limit::LatencyMs(ms) => format!("--max-latency-ms {ms}"),
        Limit::Params(n) => format!("--max-params {n}"),
        Limit::Flops(n) => format!("--max-flops {n}"),
        Limit::LatencyShare(_) | Limit::ParamsIn(_) => unreachable!("a profile's limit has no flag"),
    };
    format!("cargo xtask search --run {} --method {} --seed {} {limit}", args.run, args.method, args.seed)
}

fn print(
    args: &SearchArgs,
    session: &Session,
    method: &str,
    limit: Limit,
    found: &SearchResult,
    loss: f64,
    id: &str,
) -> Result<()> {
    let space = &session.experiment.space;
    let (params, flops) = (count::params(space, &found.arch), count::flops(space, &found.arch));
    if args.json {
        let document = serde_json::json!({
            "run": args.run, "method": method, "seed": args.seed, "limit": limit.label(), "job": id,
            "arch": found.arch, "loss": loss, "fitness": found.fitness, "cost": found.cost, "reach": found.reach,
            "params": params, "flops": flops, "evaluations": found.evaluations,
            "random_fitness": found.random.map(|r| r.fitness),
            "random_evaluations": found.random.map(|r| r.evaluations),
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    println!("{}", found.arch.summary());
    println!("validation loss {loss:.4} with the weights of {method}, seed {}", args.seed);
    let random = found.random.map(|r| format!("; best of {} random subnets {:.4}", r.evaluations, r.fitness));
    println!(
        "as training minimised it (the fitness) {:.4}{}; {} scored",
        found.fitness,
        random.unwrap_or_default(),
        found.evaluations
    );
    println!(
        "{}: costs {:.3}{} (reachable {:.3} to {:.3}); {params} parameters, {flops} FLOPs",
        limit.label(),
        found.cost,
        limit.unit(),
        found.reach.least,
        found.reach.most
    );
    println!("as JSON: {}", session.store.job_dir(id).join(FOUND).display());
    Ok(())
}
