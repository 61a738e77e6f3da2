//! The latency job: the protocol of [`mos_baselines::latency::measure`] on random or given subnets, or the user's table.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use mos_baselines::latency::measure::Latency;
use mos_baselines::latency::table::{self, LatencyRow};
use mos_baselines::model::{Positions, Subnet};
use mos_baselines::space::{Arch, SearchSpace, count};
use mos_baselines::weights::{ScratchInit, WeightSource};
use mos_datasets::storage::sha256_file;
use mos_reports::schema::Record;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tch::Device;

use super::common::{Ticker, device, open_corpus, row, told_to_stop};
use super::{Outcome, WorkContext};
use crate::files::copy_atomic;
use crate::spec::{JobSpec, LatencySpec, LatencySubjects, NamedArch};

/// The measured (or given) table, in the job's folder; the user's table has the same name in the run's folder.
pub const TABLE: &str = "latencies.csv";
/// Subnets between two writes of the table: a stopped job goes on after them.
const WRITE_EVERY: usize = 20;
/// Draws of known subnets in a row after which a small space is taken to hold no more.
const MAX_REPEATS: usize = 1000;

/// Runs the job from where it stands.
pub fn measure(context: &WorkContext, job: &JobSpec, spec: &LatencySpec) -> Result<Outcome> {
    let space = SearchSpace::find(spec.space.as_str())?;
    let path = context.job_dir.join(TABLE);
    let subjects = match &spec.subjects {
        LatencySubjects::Sample { count, seed } => sample(&space, *count, *seed)?,
        LatencySubjects::Subnets(subnets) => subnets.clone(),
        LatencySubjects::Table { sha256 } => {
            let rows = given(context, sha256, &path)?;
            let records = vec![row(context, job, "latency_rows", rows.len() as f64)];
            return Ok(Outcome::Finished { records, outputs: vec![TABLE.to_string()] });
        }
    };
    let vocab = open_corpus(&context.corpus_dir, &job.context)?.embedding_rows() as i64;
    let load = load_average();
    let mut rows = if path.exists() { table::read(&path)? } else { vec![] };
    let mut ticker = Ticker::new();
    let device = device(&job.context);
    while rows.len() < subjects.len() {
        if told_to_stop(context) {
            // A table without rows is none.
            if !rows.is_empty() {
                table::write(&path, &rows)?;
            }
            return Ok(Outcome::Interrupted);
        }
        rows.push(one(spec, &space, &subjects[rows.len()].arch, vocab, device));
        if rows.len().is_multiple_of(WRITE_EVERY) {
            table::write(&path, &rows)?;
        }
        ticker.tick(context, rows.len() as u64, subjects.len() as u64, || "quiet machine, please".to_string());
    }
    table::write(&path, &rows)?;
    let records = records(context, job, spec, &space, &subjects, &rows, load);
    Ok(Outcome::Finished { records, outputs: vec![TABLE.to_string()] })
}

/// One subnet, dense as it would be deployed; its weights are random, which costs the same time.
pub fn one(spec: &LatencySpec, space: &SearchSpace, arch: &Arch, vocab: i64, device: Device) -> LatencyRow {
    // Float32 on a GPU, too, as published.
    let weights = WeightSource::dense(space, arch, vocab, ScratchInit::OwnSize, 1, device).in_float();
    let positions = Positions::new(space, weights.compute_kind(), device);
    let subnet = Subnet::new(space, &tch::no_grad(|| weights.materialise(arch, false)));
    let Latency { encoder, decoder } = spec.protocol.measure(&subnet, &positions);
    LatencyRow {
        features: space.raw_features(arch),
        encoder_ms: encoder.mean_ms,
        decoder_ms: decoder.mean_ms,
        encoder_std_ms: encoder.std_ms,
        decoder_std_ms: decoder.std_ms,
    }
}

/// The user's table, checked to be the one that was planned with, copied into the job's folder.
fn given(context: &WorkContext, sha256: &str, path: &Path) -> Result<Vec<LatencyRow>> {
    let run_dir = context.job_dir.ancestors().nth(2).context("a job lies in a run")?;
    let source = run_dir.join(TABLE);
    let rows = table::read(&source)?;
    anyhow::ensure!(sha256_file(&source)? == sha256, "{} changed since the run was planned", source.display());
    copy_atomic(&source, path)?;
    Ok(rows)
}

/// Distinct random subnets, the largest and the smallest first: a predictor should not have to extrapolate to them.
pub fn sample(space: &SearchSpace, number: usize, seed: u64) -> Result<Vec<NamedArch>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
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
    let name = |(i, arch)| NamedArch { name: format!("sample-{}", i + 1), arch };
    Ok(archs.into_iter().enumerate().map(name).collect())
}

/// Load of the machine over the last minute, in runnable processes; absent where the system does not say.
pub fn load_average() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn records(
    context: &WorkContext,
    job: &JobSpec,
    spec: &LatencySpec,
    space: &SearchSpace,
    subjects: &[NamedArch],
    rows: &[LatencyRow],
    load: Option<f64>,
) -> Vec<Record> {
    let mut records = Vec::new();
    for (subject, measured) in subjects.iter().zip(rows) {
        let of = |metric: &str, value: f64| Record {
            subnet: subject.name.clone(),
            // Alone on the machine, whatever the run's other jobs do.
            loaded: false,
            ..row(context, job, metric, value)
        };
        records.extend([
            of("latency", measured.total_ms()),
            of("latency_encoder", measured.encoder_ms),
            of("latency_decoder", measured.decoder_ms),
            of("latency_spread", measured.relative_std()),
        ]);
        if matches!(spec.subjects, LatencySubjects::Sample { .. }) {
            records.push(of("flops", count::flops(space, &subject.arch) as f64));
        }
    }
    let wide = rows.iter().filter(|r| r.relative_std() > spec.max_spread).count();
    let whole = |metric: &str, value: f64| row(context, job, metric, value);
    records.push(whole("latency_rows", rows.len() as f64));
    records.push(whole("latency_unsteady", wide as f64));
    records.push(whole("latency_threads", job.context.threads as f64));
    records.extend(load.map(|load| whole("latency_load", load)));
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_distinct_and_the_same_each_time() {
        let space = SearchSpace::find("scaled-smoke").unwrap();
        let drawn = sample(&space, 20, 1).unwrap();
        assert_eq!(drawn, sample(&space, 20, 1).unwrap());
        assert!((0..20).all(|i| drawn[..i].iter().all(|other| other.arch != drawn[i].arch)));
        // One layer a side: 2 x 2 widths, 2 x 2 encoder and 2 x 2 x 2 x 3 decoder choices.
        let tiny = SearchSpace { encoder_layers: vec![1], decoder_layers: vec![1], ..space };
        assert!(sample(&tiny, 10_000, 1).is_err());
    }
}
