//! The job that gets latencies: it measures random or given subnets by the protocol, or takes the user's table.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use mos_base::files::sha256_file;
use mos_base::seed::Purpose;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::latency::{LatencySpec, LatencySubjects};
use mos_plan::{Metric, NamedArch, Record, Subject, SubnetKind};
use mos_spaces::latency::table::{self, LatencyRow};
use mos_spaces::{Arch, SearchSpace, count};

use super::context::{JobContext, Outcome, Ticker, device};
use super::track_jobs::TrackJobs;
use crate::system::files::copy_atomic;

/// Name of the measured (or given) table in the job's folder; the user's table has the same name in the run's folder.
pub const LATENCY_TABLE: &str = "latencies.csv";
/// Number of subnets between two writes of the table; a stopped job goes on after them.
const WRITE_EVERY: usize = 20;
/// Number of draws of known subnets in a row after which a small space is taken to hold no more.
const MAX_REPEATS: usize = 1000;

/// Runs the job from where it stands.
pub fn measure<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &LatencySpec) -> Result<Outcome> {
    let space = SearchSpace::find(spec.space.as_str())?;
    let path = context.job_dir.join(LATENCY_TABLE);
    let subjects = match &spec.subjects {
        LatencySubjects::Sample { count, seed } => sample(&space, *count, *seed)?,
        LatencySubjects::Subnets(subnets) => subnets.clone(),
        LatencySubjects::Table { sha256 } => {
            let rows = given(context, &space, sha256, &path)?;
            let records = vec![context.row(job, Metric::LatencyRows, rows.len() as f64)];
            return Ok(Outcome::Finished { records, outputs: vec![LATENCY_TABLE.to_string()] });
        }
    };
    let vocab = T::open(context, job)?.vocab();
    let load = load_average();
    let mut rows = if path.exists() { table::read(space.family, &path)? } else { vec![] };
    let mut ticker = Ticker::new();
    let device = device(&job.context);
    while rows.len() < subjects.len() {
        if context.told_to_stop() {
            // A table without rows is no table.
            if !rows.is_empty() {
                table::write(space.family, &path, &rows)?;
            }
            return Ok(Outcome::Interrupted);
        }
        rows.push(T::measure_latency(&spec.protocol, &space, &subjects[rows.len()].arch, vocab, device));
        if rows.len().is_multiple_of(WRITE_EVERY) {
            table::write(space.family, &path, &rows)?;
        }
        ticker.tick(context, rows.len() as u64, subjects.len() as u64, || "quiet machine, please".to_string());
    }
    table::write(space.family, &path, &rows)?;
    let records = records(context, job, spec, &space, &subjects, &rows, load);
    Ok(Outcome::Finished { records, outputs: vec![LATENCY_TABLE.to_string()] })
}

/// Reads the user's table, checks that it is the one that was planned with, and copies it into the job's folder.
fn given(context: &JobContext, space: &SearchSpace, sha256: &str, path: &Path) -> Result<Vec<LatencyRow>> {
    let run_dir = context.job_dir.ancestors().nth(2).context("a job lies in a run")?;
    let source = run_dir.join(LATENCY_TABLE);
    let rows = table::read(space.family, &source)?;
    anyhow::ensure!(sha256_file(&source)? == sha256, "{} changed since the run was planned", source.display());
    copy_atomic(&source, path)?;
    Ok(rows)
}

/// Draws distinct random subnets. The largest and the smallest come first, since a predictor should not have to
/// extrapolate to them.
pub fn sample(space: &SearchSpace, number: usize, seed: u64) -> Result<Vec<NamedArch>> {
    let mut rng = Purpose::LatencySample.generator(&[seed]);
    let mut archs = vec![space.largest(), space.smallest()];
    archs.truncate(number);
    let mut known: HashSet<Arch> = archs.iter().cloned().collect();
    let mut repeats = 0;
    while archs.len() < number && repeats < MAX_REPEATS {
        let arch = space.sample(&mut rng);
        if known.insert(arch.clone()) {
            archs.push(arch);
            repeats = 0;
        } else {
            repeats += 1;
        }
    }
    anyhow::ensure!(archs.len() == number, "space {} holds fewer than {number} distinct subnets", space.name);
    Ok(archs.into_iter().enumerate().map(|(i, arch)| NamedArch::numbered(SubnetKind::Sampled, i + 1, arch)).collect())
}

/// Returns the load of the machine over the last minute, in runnable processes; none where the system does not say.
pub fn load_average() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn records(
    context: &JobContext,
    job: &JobSpec,
    spec: &LatencySpec,
    space: &SearchSpace,
    subjects: &[NamedArch],
    rows: &[LatencyRow],
    load: Option<f64>,
) -> Vec<Record> {
    let mut records = Vec::new();
    for (subject, measured) in subjects.iter().zip(rows) {
        let of = |metric: Metric, value: f64| Record {
            subject: Subject::of(subject),
            // The job is alone on the machine, whatever the run's other jobs do.
            loaded: false,
            ..context.row(job, metric, value)
        };
        records.extend([
            of(Metric::Latency, measured.total_ms()),
            of(Metric::LatencyEncoder, measured.encoder_ms),
            of(Metric::LatencyDecoder, measured.decoder_ms),
            of(Metric::LatencySpread, measured.relative_std()),
        ]);
        if matches!(spec.subjects, LatencySubjects::Sample { .. }) {
            records.push(of(Metric::Flops, count::flops(space, &subject.arch) as f64));
        }
    }
    let wide = rows.iter().filter(|r| r.relative_std() > spec.max_spread).count();
    let whole = |metric: Metric, value: f64| context.row(job, metric, value);
    records.push(whole(Metric::LatencyRows, rows.len() as f64));
    records.push(whole(Metric::LatencyUnsteady, wide as f64));
    records.push(whole(Metric::LatencyThreads, job.context.threads as f64));
    records.extend(load.map(|load| whole(Metric::LatencyLoad, load)));
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use mos_spaces::hat::fields::{DECODER_LAYERS, ENCODER_LAYERS};

    #[test]
    fn a_sample_is_distinct_and_the_same_each_time() {
        let space = SearchSpace::find("scaled-smoke").unwrap();
        let drawn = sample(&space, 20, 1).unwrap();
        assert_eq!(drawn, sample(&space, 20, 1).unwrap());
        assert!((0..20).all(|i| drawn[..i].iter().all(|other| other.arch != drawn[i].arch)));
        // One layer a side leaves 2 x 2 widths, 2 x 2 encoder and 2 x 2 x 2 x 3 decoder choices.
        let mut tiny = space;
        (tiny.choices[ENCODER_LAYERS], tiny.choices[DECODER_LAYERS]) = (vec![1], vec![1]);
        assert!(sample(&tiny, 10_000, 1).is_err());
    }
}
