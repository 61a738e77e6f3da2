//! `reproduce --max-updates` makes a few updates of every training at the profile's size, and shows what they cost
//! beside the estimate.

use anyhow::{Context, Result};
use mos_plan::estimate::estimator::{Estimator, JobEstimate};
use mos_plan::graph::PlannedJob;
use mos_plan::planner::planner::Planner;
use mos_plan::spec::work::Work;
use mos_plan::{Metric, Record};
use serde::Serialize;

use crate::run::records;
use crate::run::session::{Session, stopped};

/// One training of the trial.
#[derive(Debug, Serialize)]
struct Row {
    job: String,
    label: String,
    updates: f64,
    seconds_per_update: f64,
    tokens_per_update: f64,
    utilisation: f64,
    /// The GPU's where it ran on one, else the process's.
    memory_bytes: Option<f64>,
    estimated_memory_bytes: u64,
    /// Estimate divided by use, less 1.
    memory_deviation: Option<f64>,
}

/// Carries the trial out and prints it; returns the exit status. `shown` goes into the manifest, `typed` to the user.
pub fn run(session: &Session, shown: &str, typed: &str, json: bool) -> Result<u8> {
    let basis = session.basis();
    let graph = Planner::trial(&session.experiment, &basis)?.graph;
    session.write_manifest(shown.to_string(), &session.experiment.drawn[..1], &[], &[], &[])?;
    session.announce(&graph)?;
    if session.execute(&graph)?.summary.interrupted {
        return Ok(stopped(typed));
    }
    let rate = session.matmul_gflops()?;
    let estimates = Estimator::new(&session.experiment, rate).graph(&graph);
    let mut rows = Vec::new();
    for (i, job) in graph.jobs.iter().enumerate() {
        rows.push(row(job, &records::merge(&graph, &session.store, [i])?, &estimates[i])?);
    }
    if json {
        let document = serde_json::json!({
            "run": session.store.name, "device": basis.context.device, "threads": basis.context.threads,
            "matmul_gflops": rate, "vocabulary_rows": session.embedding_rows(), "trainings": rows,
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
    } else {
        print(session, &rows, rate);
    }
    Ok(0)
}

fn row(job: &PlannedJob, records: &[Record], estimate: &JobEstimate) -> Result<Row> {
    let found = |metric: Metric| records.iter().find(|r| r.metric == metric).map(|r| r.value);
    let value = |metric: Metric| found(metric).with_context(|| format!("{} recorded no {metric}", job.label));
    let Work::Train(_) = &job.spec.work else { anyhow::bail!("a trial holds trainings only") };
    let (updates, memory) = (value(Metric::Updates)?, found(Metric::PeakDeviceMemory).or(found(Metric::PeakMemory)));
    Ok(Row {
        job: job.id.clone(),
        label: job.label.clone(),
        updates,
        seconds_per_update: value(Metric::TrainSeconds)? / updates,
        tokens_per_update: value(Metric::TokensSeen)? / updates,
        utilisation: value(Metric::Utilisation)?,
        memory_bytes: memory,
        estimated_memory_bytes: estimate.memory_bytes,
        memory_deviation: memory.map(|used| estimate.memory_bytes as f64 / used - 1.0),
    })
}

fn print(session: &Session, rows: &[Row], rate: f64) {
    let gib = |bytes: f64| bytes / (1u64 << 30) as f64;
    let e = &session.environment;
    println!(
        "trial of profile {} on {}: {}, {} thread(s), product rate {rate:.0} GFLOP/s, {} rows of vocabulary",
        session.experiment.name,
        session.experiment.profile.dataset,
        e.device,
        e.threads_per_job,
        session.embedding_rows()
    );
    let width = rows.iter().map(|row| row.label.len()).max().unwrap_or(0);
    println!(
        "\n{:width$}  {:>7}  {:>10}  {:>13}  {:>11}  {:>10}  {:>10}  {:>8}",
        "training", "updates", "s / update", "target tokens", "utilisation", "memory GiB", "estimated", "off by"
    );
    for row in rows {
        println!(
            "{:width$}  {:>7}  {:>10.2}  {:>13.0}  {:>10.0}%  {:>10}  {:>10.2}  {:>8}",
            row.label,
            row.updates,
            row.seconds_per_update,
            row.tokens_per_update,
            100.0 * row.utilisation,
            row.memory_bytes.map_or("-".to_string(), |bytes| format!("{:.2}", gib(bytes))),
            gib(row.estimated_memory_bytes as f64),
            row.memory_deviation.map_or("-".to_string(), |share| format!("{:+.1}%", 100.0 * share))
        );
    }
    println!("\nrecords of each job: {}", session.store.job_dir("<id>/records.parquet").display());
}
