//! `--dry-run`: the job graph with estimated time, memory and disk. Needs neither data nor a GPU.

use std::path::Path;

use anyhow::Result;
use mos_datasets::registry::Entry;
use serde::Serialize;

use crate::estimate::{ASSUMED_GPU_GFLOPS, Estimator, JobEstimate, corpus_disk, disk_needed};
use crate::experiment::Experiment;
use crate::machine::{self, Machine};
use crate::plan::{self, JobGraph, Planner};
use crate::profile::Device;
use crate::schedule::simulate_wall;
use crate::session;
use crate::spec::Context;
use crate::store::{RunStore, State};
use crate::ui;

/// The document of `--json`.
#[derive(Debug, Serialize)]
struct Plan<'a> {
    run: &'a str,
    profile: &'a str,
    title: &'a str,
    track: &'a str,
    dataset: &'a str,
    space: &'a str,
    methods: &'a [String],
    seeds: u64,
    device: &'a str,
    workers: usize,
    threads_per_job: usize,
    matmul_gflops: f64,
    assumptions: Vec<String>,
    jobs: Vec<Row>,
    total: Total,
}

#[derive(Debug, Serialize)]
struct Row {
    label: String,
    /// Absent while the data is not prepared: the id holds its hash.
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
    /// Of the jobs on a GPU; absent on a CPU.
    gpu_hours: Option<f64>,
    flops: f64,
    /// Of the largest job; side by side, times the workers.
    memory_bytes_per_job: u64,
    memory_bytes: u64,
    disk_bytes: u64,
    /// Of the corpus, in the cache.
    corpus_disk_bytes: u64,
}

/// What is planned.
pub enum Kind {
    /// A few updates of every training.
    Trial,
    /// Everything.
    Full {
        /// SHA-256 of the user's latency table.
        table: Option<String>,
    },
}

/// Prints the plan.
pub fn run(
    root: &Path,
    name: &str,
    experiment: &Experiment,
    jobs: Option<usize>,
    kind: Kind,
    json: bool,
) -> Result<()> {
    let store = RunStore::look(root, name).ok();
    let before = store.as_ref().map(RunStore::manifest).transpose()?.flatten();
    let environment = session::environment(experiment, &Machine::here(), jobs, before.as_ref())?;
    let profile = &experiment.profile;
    let data_hash = before.as_ref().map(|b| b.data.hash.clone());
    let context = Context {
        track: profile.track.clone(),
        dataset: before.as_ref().map_or_else(|| session::last_part(&profile.dataset), |b| b.data.id.clone()),
        profile: experiment.name.clone(),
        data_hash: data_hash.clone().unwrap_or_default(),
        code_hash: environment.code_hash.clone(),
        libtorch: environment.libtorch.clone(),
        device: environment.device.clone(),
        cpu_capability: environment.cpu_capability.clone(),
        threads: environment.threads_per_job,
    };
    let mut planner = match kind {
        Kind::Trial => Planner::trial(experiment, &context)?,
        Kind::Full { table } => Planner::new(experiment, &context, table)?,
    };
    let found = plan::stand_ins(experiment, &planner);
    planner.add_found(&found)?;
    let graph = planner.graph;
    let (gflops, mut assumptions) = pace(profile.workers.device, environment.threads_per_job);
    if !found.is_empty() {
        assumptions.push("random subnets stand in for those that the searches will find".to_string());
    }
    let costs = Estimator::new(experiment, gflops).graph(&graph);
    let done = finished(&graph, store.as_ref());
    let plan = Plan {
        run: name,
        profile: &experiment.name,
        title: &profile.title,
        track: &profile.track,
        dataset: &context.dataset,
        space: &profile.space,
        methods: &profile.methods,
        seeds: profile.seeds,
        device: &environment.device,
        workers: environment.workers,
        threads_per_job: environment.threads_per_job,
        matmul_gflops: gflops,
        assumptions,
        total: Total {
            corpus_disk_bytes: corpus_disk(Entry::resolve(&profile.dataset)?.source.expected_pairs()),
            ..total(&graph, &costs, &done, environment.workers)
        },
        jobs: rows(&graph, &costs, &done, data_hash.is_some()),
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&plan)?);
    } else {
        print(&plan);
    }
    Ok(())
}

/// The matrix-product rate to reckon with, and what is assumed about it.
fn pace(device: Device, threads: usize) -> (f64, Vec<String>) {
    let mut assumptions = vec![
        "time = model FLOPs / (matrix-product rate x a usual utilisation for the width); expect it within a factor of 2"
            .to_string(),
    ];
    if device == Device::Cuda && !tch::Cuda::is_available() {
        assumptions.push(format!(
            "no CUDA GPU here: a product rate of {:.0} TFLOP/s is assumed (bf16 on one H100)",
            ASSUMED_GPU_GFLOPS / 1000.0
        ));
        return (ASSUMED_GPU_GFLOPS, assumptions);
    }
    (machine::matmul_gflops(device, threads), assumptions)
}

/// Which jobs the run folder says are finished (not verified: nothing is used here).
fn finished(graph: &JobGraph, store: Option<&RunStore>) -> Vec<bool> {
    let is_finished = |id: &str| {
        let file = store.and_then(|s| s.job(id).ok().flatten());
        file.is_some_and(|file| file.state == State::Finished)
    };
    graph.jobs.iter().map(|job| is_finished(&job.id)).collect()
}

fn rows(graph: &JobGraph, costs: &[JobEstimate], done: &[bool], ids_known: bool) -> Vec<Row> {
    let row = |(i, job): (usize, &plan::PlannedJob)| Row {
        label: job.label.clone(),
        id: ids_known.then(|| job.id.clone()),
        needs: job.needs.iter().map(|&n| graph.jobs[n].label.clone()).collect(),
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

fn print(plan: &Plan) {
    let bytes = |b: u64| indicatif::HumanBytes(b).to_string();
    let time = |s: f64| ui::round(std::time::Duration::from_secs_f64(s));
    println!("run {}: profile {} ({})", plan.run, plan.profile, plan.title);
    println!(
        "corpus {}, space {}, methods {}, {} seed(s)",
        plan.dataset,
        plan.space,
        plan.methods.join(" "),
        plan.seeds
    );
    println!(
        "{}: {} worker(s) x {} thread(s), {:.0} GFLOP/s a worker",
        plan.device, plan.workers, plan.threads_per_job, plan.matmul_gflops
    );
    println!();
    let width = plan.jobs.iter().map(|j| j.label.len()).max().unwrap_or(0);
    println!("{:width$}  {:>12}  {:>10}  {:>10}  after", "job", "time", "memory", "disk");
    for job in &plan.jobs {
        let c = &job.cost;
        let when = if job.finished { "finished".to_string() } else { job.needs.join(", ") };
        let (memory, disk) = (bytes(c.memory_bytes), bytes(c.disk_bytes));
        println!("{:width$}  {:>12}  {memory:>10}  {disk:>10}  {when}", job.label, time(c.seconds));
    }
    let t = &plan.total;
    println!();
    println!(
        "to do: {} of {} jobs, {} of work, about {} on {} worker(s); memory {} ({} a job), disk {}",
        t.jobs - t.finished,
        t.jobs,
        time(t.job_seconds),
        time(t.wall_seconds),
        plan.workers,
        bytes(t.memory_bytes),
        bytes(t.memory_bytes_per_job),
        bytes(t.disk_bytes)
    );
    if t.corpus_disk_bytes > 0 {
        println!("and about {} for the corpus, in the caches", bytes(t.corpus_disk_bytes));
    }
    if let Some(hours) = t.gpu_hours {
        println!("about {hours:.0} GPU hours");
    }
    for line in &plan.assumptions {
        println!("({line})");
    }
}
