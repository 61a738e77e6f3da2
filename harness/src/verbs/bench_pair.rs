//! The verb `bench-pair` times two methods' updates in one process, interleaved so that a machine's drift hits both
//! alike. Criterion times one thing after the other and cannot pair.

use std::time::Instant;

use anyhow::{Result, ensure};
use mos_baselines::device::synchronise;
use mos_baselines::training::task::Batch;
use mos_baselines::training::trainer::Trainer;
use mos_baselines::translation::batch::{DeviceBatch, full_batch};
use mos_baselines::translation::task::Translation;
use mos_plan::cli::BenchPairArgs;
use mos_plan::profile::profile::Profile;
use mos_spaces::method;
use serde::Serialize;

use super::timed::{LENGTH, trainer};
use crate::system::machine::{keep_freed_memory, matmul_gflops, named_device};
use crate::worker::weights::product_kind;

/// Number of updates before the first timed pair.
const WARM_UP: usize = 2;

/// What the verb prints.
#[derive(Serialize)]
struct Report {
    profile: String,
    method: String,
    against: String,
    threads: usize,
    pairs: usize,
    tokens_a_subnet: usize,
    /// Median of method / against over the pairs, and the order-statistic interval of at least 95% around it.
    ratio: f64,
    ratio_lo: f64,
    ratio_hi: f64,
    method_ms: f64,
    against_ms: f64,
    method_utilisation: f64,
    against_utilisation: f64,
    matmul_gflops: f64,
}

/// Runs the verb: times the named method, or every proposed one in turn.
pub fn run(args: &BenchPairArgs) -> Result<()> {
    ensure!(args.pairs > 0, "--pairs must be 1 or more");
    let methods: Vec<&str> = match &args.method {
        Some(method) => vec![method],
        None => method::proposed().map(|method| method.name.as_str()).collect(),
    };
    let against = args.against.as_deref().unwrap_or(&method::baselines()[0].name);
    methods.into_iter().try_for_each(|method| compare(args, method, against))
}

fn compare(args: &BenchPairArgs, method_name: &str, against_name: &str) -> Result<()> {
    let profile = Profile::find(&args.profile)?;
    let threads = match args.threads.unwrap_or(profile.workers.threads) {
        0 => std::thread::available_parallelism()?.get(),
        threads => threads,
    };
    tch::set_num_threads(i32::try_from(threads)?);
    keep_freed_memory();
    let device = named_device(&args.device)?;
    let mut method = trainer(&profile, method_name, device)?;
    let mut against = trainer(&profile, against_name, device)?;
    let tokens = args.batch_tokens.unwrap_or(profile.training.batch_tokens);
    let batch = [full_batch((tokens / LENGTH).max(1), LENGTH, profile.data.vocab_size as i64, device)];
    let gflops = matmul_gflops(device, product_kind(profile.training.precision), threads);
    let mut times = Vec::with_capacity(args.pairs);
    let mut flops = (0.0, 0.0);
    for pair in 0..args.pairs + WARM_UP {
        // Who goes first alternates, so that what one leaves in the caches favours neither.
        let (a, b) = if pair % 2 == 0 {
            let a = timed(&mut method, &batch);
            (a, timed(&mut against, &batch))
        } else {
            let b = timed(&mut against, &batch);
            (timed(&mut method, &batch), b)
        };
        if pair >= WARM_UP {
            times.push((a.0, b.0));
            flops = (a.1, b.1);
        }
    }
    let (mut ratios, mut a, mut b): (Vec<f64>, Vec<f64>, Vec<f64>) = (
        times.iter().map(|(a, b)| a / b).collect(),
        times.iter().map(|t| t.0).collect(),
        times.iter().map(|t| t.1).collect(),
    );
    let (ratio, lo, hi) = median_interval(&mut ratios);
    let (a, b) = (median_interval(&mut a).0, median_interval(&mut b).0);
    let report = Report {
        profile: args.profile.clone(),
        method: method_name.to_string(),
        against: against_name.to_string(),
        threads,
        pairs: args.pairs,
        tokens_a_subnet: batch[0].weight() as usize,
        ratio,
        ratio_lo: lo,
        ratio_hi: hi,
        method_ms: a * 1e3,
        against_ms: b * 1e3,
        method_utilisation: flops.0 / a / (gflops * 1e9),
        against_utilisation: flops.1 / b / (gflops * 1e9),
        matmul_gflops: gflops,
    };
    print(&report, args.json)
}

/// Returns the seconds and the model FLOPs of one update.
fn timed(trainer: &mut Trainer<Translation>, batch: &[DeviceBatch]) -> (f64, f64) {
    let clock = Instant::now();
    let stats = trainer.update(batch);
    synchronise(trainer.device());
    (clock.elapsed().as_secs_f64(), stats.flops)
}

/// Returns the median, and the order statistics that hold the true median with at least 95% confidence (the extremes
/// where there are too few values for that).
fn median_interval(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let median = (values[(n - 1) / 2] + values[n / 2]) / 2.0;
    // P(Binomial(n, 1/2) < k) <= 2.5%: values k-1 from either end, counted from 0, bound the median.
    let (mut tail, mut term, mut k) = (0.0, 0.5f64.powi(n as i32), 0);
    while tail + term <= 0.025 {
        tail += term;
        term *= (n - k) as f64 / (k + 1) as f64;
        k += 1;
    }
    let at = k.saturating_sub(1).min((n - 1) / 2);
    (median, values[at], values[n - 1 - at])
}

fn print(report: &Report, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    let Report { profile, method, against, threads, pairs, tokens_a_subnet, .. } = report;
    println!(
        "{method} / {against} at {profile} size, {tokens_a_subnet} tokens a subnet, {threads} thread(s), {pairs} interleaved pairs"
    );
    println!("  time ratio {:.3} [{:.3}, {:.3}]", report.ratio, report.ratio_lo, report.ratio_hi);
    for (name, ms, utilisation) in [
        (method, report.method_ms, report.method_utilisation),
        (against, report.against_ms, report.against_utilisation),
    ] {
        println!(
            "  {name:22} {ms:9.1} ms an update, {:.1}% of {:.1} GFLOP/s",
            utilisation * 100.0,
            report.matmul_gflops
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_twenty_values_is_the_sixth_from_either_end() {
        let mut values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(median_interval(&mut values), (10.5, 6.0, 15.0));
        assert_eq!(median_interval(&mut [3.0, 1.0, 2.0]), (2.0, 1.0, 3.0));
    }
}
