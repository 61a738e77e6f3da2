//! The verb `reproduce --dry-run` prints the job graph with estimated time, memory and disk. It needs neither libtorch
//! nor data nor a GPU.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Result, bail};
use indicatif::HumanBytes;
use mos_base::files::sha256;
use mos_plan::choices::{calls, experiment, given_latencies, last_part, run_name};
use mos_plan::cli::ReproduceArgs;
use mos_plan::code;
use mos_plan::environment::environment;
use mos_plan::estimate::duration::round;
use mos_plan::estimate::estimator::{ASSUMED_GPU_GFLOPS, Estimator, JobEstimate, disk_needed};
use mos_plan::experiment::{Experiment, SEEDS_FOR_VERDICTS};
use mos_plan::files::folder::{RunFolder, find_root};
use mos_plan::files::local::LocalFile;
use mos_plan::files::manifest::{Environment, RunManifest};
use mos_plan::gpu::Gpus;
use mos_plan::graph::{Basis, JobGraph, PlannedJob};
use mos_plan::machine::Machine;
use mos_plan::order::simulate_wall;
use mos_plan::planner::found::stand_ins;
use mos_plan::planner::guest_nets::guest_stand_ins;
use mos_plan::planner::planner::Planner;
use mos_plan::profile::profile::Device;
use mos_plan::spec::inputs::{CorpusRef, CorpusRole};
use serde::Serialize;

use super::data;
use super::output::print;

/// Stands in place of an id that cannot be known yet.
const NOT_YET_KNOWN: &str = "not yet known";

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Plan<'a> {
    run: &'a str,
    profile: &'a str,
    title: &'a str,
    track: &'a str,
    dataset: &'a str,
    source_language: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_language: Option<&'a str>,
    space: &'a str,
    methods: &'a [String],
    seeds: u64,
    device: &'a str,
    workers: usize,
    threads_per_job: usize,
    matmul_gflops: f64,
    assumptions: Vec<String>,
    /// What the user should know before the run.
    warnings: Vec<String>,
    jobs: Vec<Row>,
    total: Total,
    /// What the run would take with so many seeds that claims can be judged; absent where it has as many.
    #[serde(skip_serializing_if = "Option::is_none")]
    for_verdicts: Option<ForVerdicts>,
}

#[derive(Debug, Serialize)]
struct ForVerdicts {
    seeds: u64,
    job_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu_hours: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Row {
    label: String,
    /// It is absent while it cannot be known, for want of data, of a GPU, or of what a search will find.
    id: Option<String>,
    needs: Vec<String>,
    finished: bool,
    #[serde(flatten)]
    cost: JobEstimate,
}

#[derive(Debug, Serialize)]
struct Total {
    jobs: usize,
    finished: usize,
    job_seconds: f64,
    wall_seconds: f64,
    /// Hours of the jobs on a GPU; absent on a CPU.
    gpu_hours: Option<f64>,
    flops: f64,
    /// Memory of the largest job; workers side by side take this many times over.
    memory_bytes_per_job: u64,
    memory_bytes: u64,
    disk_bytes: u64,
    /// Disk that the corpus takes in the cache.
    corpus_disk_bytes: u64,
}

/// Runs the verb.
pub fn run(args: &ReproduceArgs) -> Result<()> {
    if !args.dry_run {
        bail!("this program plans only: add --dry-run, or run `cargo xtask reproduce`");
    }
    let texts = calls(args)?.iter().map(of_track).collect::<Result<Vec<_>>>()?;
    // One plan is one document; those of several tracks stand in a list, as in what `reproduce` prints.
    match texts.as_slice() {
        [only] => print(only),
        several if args.json => print(&format!("{{ \"runs\": [\n{}]\n}}\n", several.join(","))),
        several => print(&several.join("\n")),
    }
}

/// Writes the plan of one track.
fn of_track(args: &ReproduceArgs) -> Result<String> {
    let root = find_root()?;
    let (experiment, name) = (experiment(args)?, run_name(args)?);
    let planned = data::corpus(&experiment.profile)?;
    let table = args.latencies.as_deref().map(|path| given_latencies(path, &experiment.space)).transpose()?;
    let folder = RunFolder::existing(&root, &name).ok();
    let before = folder.as_ref().map(RunFolder::manifest).transpose()?.flatten();
    let hash = code::hash_of(experiment.profile.track, env!("MOS_CODE_HASHES"));
    let jobs = args.jobs.map(|n| n as usize);
    let device = experiment.profile.workers.device;
    let mut warnings = planned.warnings;
    let gpus = if device == Device::Cuda { gpus(&mut warnings) } else { None };
    let device_known = device == Device::Cpu || gpus.is_some();
    let environment = environment(&experiment, &Machine::here(), gpus, jobs, before.as_ref(), hash)?;
    let corpus = before.as_ref().map(in_run).or(planned.prepared);
    let ids_known = corpus.is_some() && device_known && experiment.profile.further_corpora().is_empty();
    let basis = basis(&experiment, &environment, corpus);
    let table = table.as_deref().map(sha256);
    let Planned { graph, known, searches } = planned_jobs(&experiment, &basis, args, table.clone())?;
    let ids_known = if ids_known { known } else { 0 };
    let (gflops, mut assumptions) = pace(&environment, device, folder.as_ref());
    if searches {
        assumptions.push("random subnets stand in for those that the searches will find".to_string());
    }
    let costs = Estimator::new(&experiment, gflops).graph(&graph);
    let done = finished(&graph, folder.as_ref());
    let total = Total { corpus_disk_bytes: planned.disk_bytes, ..total(&graph, &costs, &done, environment.workers) };
    let for_verdicts = for_verdicts(&experiment, &basis, args, table, gflops)?;
    let profile = &experiment.profile;
    let plan = Plan {
        run: &name,
        profile: &experiment.name,
        title: &profile.title,
        track: profile.track.name(),
        dataset: &basis.context.dataset,
        source_language: &planned.source_language,
        target_language: planned.target_language.as_deref(),
        space: &profile.space,
        methods: &profile.methods,
        seeds: profile.seeds,
        device: &environment.device,
        workers: environment.workers,
        threads_per_job: environment.threads_per_job,
        matmul_gflops: gflops,
        assumptions,
        warnings,
        total,
        for_verdicts,
        jobs: rows(&graph, &costs, &done, ids_known),
    };
    Ok(if args.json { serde_json::to_string_pretty(&plan)? + "\n" } else { text(&plan) })
}

/// A job graph, as far as it can be told before the run.
struct Planned {
    graph: JobGraph,
    /// The first so many jobs depend on nothing that a search will find.
    known: usize,
    /// Whether something is searched.
    searches: bool,
}

fn planned_jobs(
    experiment: &Experiment,
    basis: &Basis,
    args: &ReproduceArgs,
    table: Option<String>,
) -> Result<Planned> {
    let mut planner = match args.max_updates {
        Some(_) => Planner::trial(experiment, basis)?,
        None => Planner::new(experiment, basis, table)?,
    };
    let known = planner.graph.jobs.len();
    let found = stand_ins(experiment, &planner.searches);
    planner.add_found(&found)?;
    planner.add_guest_nets(&guest_stand_ins(&planner.guest_searches)?)?;
    Ok(Planned { graph: planner.graph, known, searches: !found.is_empty() })
}

/// Plans so many seeds that claims can be judged, where fewer are planned, and says what they cost. A trial judges nothing.
fn for_verdicts(
    experiment: &Experiment,
    basis: &Basis,
    args: &ReproduceArgs,
    table: Option<String>,
    gflops: f64,
) -> Result<Option<ForVerdicts>> {
    if experiment.profile.seeds >= SEEDS_FOR_VERDICTS || args.max_updates.is_some() {
        return Ok(None);
    }
    let mut with_more = experiment.clone();
    with_more.profile.seeds = SEEDS_FOR_VERDICTS;
    let graph = planned_jobs(&with_more, basis, args, table)?.graph;
    let costs = Estimator::new(&with_more, gflops).graph(&graph);
    let total = total(&graph, &costs, &vec![false; costs.len()], 1);
    Ok(Some(ForVerdicts { seeds: SEEDS_FOR_VERDICTS, job_seconds: total.job_seconds, gpu_hours: total.gpu_hours }))
}

/// Returns the corpus that a run was planned on.
fn in_run(before: &RunManifest) -> CorpusRef {
    let card = before.corpus();
    CorpusRef { id: card.id.clone(), hash: card.hash.clone() }
}

fn basis(experiment: &Experiment, environment: &Environment, corpus: Option<CorpusRef>) -> Basis {
    let dataset = last_part(&experiment.profile.dataset);
    let corpus = corpus.unwrap_or_else(|| CorpusRef { id: dataset, hash: String::new() });
    let context = experiment.context(environment, &corpus.id);
    // What is read beside the corpus is not looked for: its hash decides nothing that a plan shows.
    let further = experiment.profile.further_corpora().into_iter();
    let unknown = |(role, id): (CorpusRole, &str)| (role, CorpusRef { id: id.to_string(), hash: String::new() });
    let corpora = further.map(unknown).chain([(CorpusRole::Corpus, corpus)]).collect();
    Basis { context, corpora }
}

/// Looks for GPUs; if the system fails to list them, the warnings say why.
fn gpus(warnings: &mut Vec<String>) -> Option<Gpus> {
    Gpus::here().unwrap_or_else(|why| {
        warnings.push(why);
        None
    })
}

/// Returns the matrix-product rate to reckon with, in GFLOP/s, and what is assumed about it. It is the rate that the
/// run measured on this machine, else a usual one.
fn pace(environment: &Environment, device: Device, folder: Option<&RunFolder>) -> (f64, Vec<String>) {
    let mut assumptions = vec![
        "time = model FLOPs / (matrix-product rate x a usual utilisation for the width); expect it within a factor of 2"
            .to_string(),
    ];
    if let Some(local) = folder.and_then(|folder| LocalFile::read(&folder.dir)) {
        return (local.matmul_gflops, assumptions);
    }
    if device == Device::Cuda {
        assumptions.push(format!(
            "a product rate of {:.0} TFLOP/s is assumed (bf16 on one H100)",
            ASSUMED_GPU_GFLOPS / 1000.0
        ));
        return (ASSUMED_GPU_GFLOPS, assumptions);
    }
    let a_thread = match environment.cpu_capability.as_str() {
        "AVX512" => 120.0,
        "AVX2" => 60.0,
        _ => 10.0,
    };
    assumptions.push(format!(
        "a product rate of {a_thread:.0} GFLOP/s a thread is assumed, as is usual with {}; the run measures it",
        environment.cpu_capability
    ));
    (a_thread * environment.threads_per_job as f64, assumptions)
}

/// Says which jobs are finished according to the run folder. Outputs are not verified, since nothing is used here.
fn finished(graph: &JobGraph, folder: Option<&RunFolder>) -> Vec<bool> {
    let is_finished = |id: &str| {
        let file = folder.and_then(|folder| folder.job(id).ok().flatten());
        file.is_some_and(|file| file.is_finished())
    };
    graph.jobs.iter().map(|job| is_finished(&job.id)).collect()
}

/// Makes the rows that are shown of the jobs; the ids of the first `ids_known` are those that the harness will give
/// them.
fn rows(graph: &JobGraph, costs: &[JobEstimate], done: &[bool], ids_known: usize) -> Vec<Row> {
    let row = |(i, job): (usize, &PlannedJob)| Row {
        label: job.label.clone(),
        id: (i < ids_known).then(|| job.id.clone()),
        needs: job.needs().map(|n| graph.jobs[n].label.clone()).collect(),
        finished: done[i],
        cost: costs[i],
    };
    graph.jobs.iter().enumerate().map(row).collect()
}

fn total(graph: &JobGraph, costs: &[JobEstimate], done: &[bool], workers: usize) -> Total {
    let seconds: Vec<f64> = costs.iter().map(|c| c.seconds).collect();
    let on_gpu = graph.jobs.first().is_some_and(|job| job.spec.context.device == "cuda");
    let open = || costs.iter().zip(done).filter(|(_, done)| !**done).map(|(cost, _)| cost);
    let memory_bytes_per_job = open().map(|c| c.memory_bytes).max().unwrap_or(0);
    Total {
        jobs: costs.len(),
        finished: done.iter().filter(|d| **d).count(),
        job_seconds: open().map(|c| c.seconds).sum(),
        wall_seconds: simulate_wall(graph, &seconds, done, workers),
        gpu_hours: on_gpu.then(|| open().map(|c| c.seconds).sum::<f64>() / 3600.0),
        flops: open().map(|c| c.flops).sum(),
        memory_bytes_per_job,
        memory_bytes: memory_bytes_per_job * workers.min(costs.len()) as u64,
        disk_bytes: disk_needed(&graph.jobs, costs, done),
        corpus_disk_bytes: 0,
    }
}

/// Says what it takes to have claims judged.
fn for_verdicts_line(more: &ForVerdicts) -> String {
    let hours = more.gpu_hours.map(|hours| format!(", about {hours:.0} GPU hours")).unwrap_or_default();
    format!(
        "no claim on the gap, the order or the training time is judged by fewer than {0} seeds: --seeds {0} takes {1} of \
         work{hours} in all",
        more.seeds,
        round(Duration::from_secs_f64(more.job_seconds))
    )
}

/// Writes the plan as text.
fn text(plan: &Plan) -> String {
    let bytes = |b: u64| HumanBytes(b).to_string();
    let time = |s: f64| round(Duration::from_secs_f64(s));
    let mut lines = vec![
        format!("run {}: profile {} ({})", plan.run, plan.profile, plan.title),
        format!(
            "corpus {} ({}{}), space {}, methods {}, {} seed(s)",
            plan.dataset,
            plan.source_language,
            plan.target_language.map(|target| format!(" to {target}")).unwrap_or_default(),
            plan.space,
            plan.methods.join(" "),
            plan.seeds
        ),
        format!(
            "{}: {} worker(s) x {} thread(s), {:.0} GFLOP/s a worker",
            plan.device, plan.workers, plan.threads_per_job, plan.matmul_gflops
        ),
    ];
    lines.extend(plan.warnings.iter().map(|warning| format!("warning: {warning}")));
    lines.push(String::new());
    let width = plan.jobs.iter().map(|j| j.label.len()).max().unwrap_or(0);
    lines.push(format!("{:width$}  {:16}  {:>12}  {:>10}  {:>10}  after", "job", "id", "time", "memory", "disk"));
    for job in &plan.jobs {
        let c = &job.cost;
        let when = if job.finished { "finished".to_string() } else { job.needs.join(", ") };
        let (memory, disk) = (bytes(c.memory_bytes), bytes(c.disk_bytes));
        let id = job.id.as_deref().unwrap_or(NOT_YET_KNOWN);
        let time = time(c.seconds);
        lines.push(format!("{:width$}  {id:16}  {time:>12}  {memory:>10}  {disk:>10}  {when}", job.label));
    }
    let t = &plan.total;
    lines.push(String::new());
    lines.push(format!(
        "to do: {} of {} jobs, {} of work, about {} on {} worker(s); memory {} ({} a job), disk {}",
        t.jobs - t.finished,
        t.jobs,
        time(t.job_seconds),
        time(t.wall_seconds),
        plan.workers,
        bytes(t.memory_bytes),
        bytes(t.memory_bytes_per_job),
        bytes(t.disk_bytes)
    ));
    if t.corpus_disk_bytes > 0 {
        lines.push(format!("and about {} for the corpus, in the caches", bytes(t.corpus_disk_bytes)));
    }
    lines.extend(t.gpu_hours.map(|hours| format!("about {hours:.0} GPU hours")));
    lines.extend(plan.for_verdicts.as_ref().map(for_verdicts_line));
    lines.extend(plan.assumptions.iter().map(|line| format!("({line})")));
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}
