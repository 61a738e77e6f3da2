//! The verb `bench-pair` times two methods' updates in one process, interleaved so that a machine's drift hits both
//! alike. Criterion times one thing after the other and cannot pair.

use std::time::Instant;

use anyhow::{Result, ensure};
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::device::synchronise;
use mos_baselines::training::trainer::Trainer;
use mos_baselines::translation::task::Translation;
use mos_plan::Track;
use mos_plan::cli::BenchPairArgs;
use mos_plan::profile::profile::Profile;
use mos_spaces::method;
use serde::Serialize;

use super::timed::trainer;
use crate::system::machine::{keep_freed_memory, matmul_gflops, named_device};
use crate::worker::timed_task::TimedTask;
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
    /// Tokens of a micro-batch.
    tokens_a_subnet: usize,
    /// Micro-batches of an update, n: it takes n times a micro-batch, and what is done once.
    micro_batches: usize,
    /// Median of method / against over the pairs, and the order-statistic interval of at least 95% around it.
    ratio: f64,
    ratio_lo: f64,
    ratio_hi: f64,
    method_took: Took,
    against_took: Took,
    matmul_gflops: f64,
}

/// Medians of what a method's updates took.
#[derive(Serialize)]
struct Took {
    /// An update of the profile's micro-batches.
    update_ms: f64,
    /// What is done once an update; 0 where that was not told apart, because there is one micro-batch.
    once_ms: f64,
    micro_batch_ms: f64,
    utilisation: f64,
}

impl Took {
    fn of(updates: &[Update], gflops: f64) -> Took {
        let median = |of: fn(&Update) -> f64| median_interval(&mut updates.iter().map(of).collect::<Vec<_>>()).0;
        let micro_batches = updates[0].micro_batches as f64;
        Took {
            update_ms: 1e3 * median(Update::seconds),
            once_ms: 1e3 * median(|update| update.once),
            micro_batch_ms: 1e3 * median(|update| update.micro_batch),
            utilisation: micro_batches * updates[0].flops / median(Update::seconds) / (gflops * 1e9),
        }
    }
}

/// Runs the verb: times the named method, or every proposed one in turn.
pub fn run(args: &BenchPairArgs) -> Result<()> {
    ensure!(args.pairs > 0, "--pairs must be 1 or more");
    let methods: Vec<&str> = match &args.method {
        Some(method) => vec![method],
        None => method::proposed().map(|method| method.name.as_str()).collect(),
    };
    let against = args.against.as_deref().unwrap_or(&method::baselines()[0].name);
    let compare = match Profile::find(&args.profile)?.track {
        Track::Mt => compare::<Translation>,
        Track::Bert => compare::<MaskedLm>,
    };
    methods.into_iter().try_for_each(|method| compare(args, method, against))
}

fn compare<T: TimedTask>(args: &BenchPairArgs, method_name: &str, against_name: &str) -> Result<()> {
    let profile = Profile::find(&args.profile)?;
    let threads = match args.threads.unwrap_or(profile.workers.threads) {
        0 => std::thread::available_parallelism()?.get(),
        threads => threads,
    };
    tch::set_num_threads(i32::try_from(threads)?);
    keep_freed_memory();
    let device = named_device(&args.device)?;
    let mut method = trainer::<T>(&profile, method_name, device)?;
    let mut against = trainer::<T>(&profile, against_name, device)?;
    let tokens = args.batch_tokens.unwrap_or(profile.training.batch_tokens);
    let rows = (tokens / T::row_tokens(&profile)).max(1);
    let micro_batches = profile.training.micro_batches;
    // An update of one micro-batch and one of two tell what is done once an update from what each micro-batch takes.
    let batches: Vec<Vec<T::Batch>> =
        (1..=micro_batches.min(2)).map(|n| (0..n).map(|_| T::full_batch(&profile, rows, device)).collect()).collect();
    let gflops = matmul_gflops(device, product_kind(profile.training.precision), threads);
    let mut times = Vec::with_capacity(args.pairs);
    for pair in 0..args.pairs + WARM_UP {
        // Who goes first alternates, so that what one leaves in the caches favours neither.
        let (a, b) = if pair % 2 == 0 {
            let a = timed(&mut method, &batches, micro_batches);
            (a, timed(&mut against, &batches, micro_batches))
        } else {
            let b = timed(&mut against, &batches, micro_batches);
            (timed(&mut method, &batches, micro_batches), b)
        };
        if pair >= WARM_UP {
            times.push((a, b));
        }
    }
    let mut ratios: Vec<f64> = times.iter().map(|(a, b)| a.seconds() / b.seconds()).collect();
    let (ratio, ratio_lo, ratio_hi) = median_interval(&mut ratios);
    let (of_method, of_against): (Vec<Update>, Vec<Update>) = times.into_iter().unzip();
    let report = Report {
        profile: args.profile.clone(),
        method: method_name.to_string(),
        against: against_name.to_string(),
        threads,
        pairs: args.pairs,
        tokens_a_subnet: rows * T::row_tokens(&profile),
        micro_batches,
        ratio,
        ratio_lo,
        ratio_hi,
        method_took: Took::of(&of_method, gflops),
        against_took: Took::of(&of_against, gflops),
        matmul_gflops: gflops,
    };
    print(&report, args.json)
}

/// What an update of `micro_batches` micro-batches takes.
#[derive(Clone, Copy, Debug)]
struct Update {
    /// Seconds of what is done once an update: merging, routers, the optimiser.
    once: f64,
    /// Seconds of a micro-batch.
    micro_batch: f64,
    micro_batches: usize,
    /// Model FLOPs of a micro-batch.
    flops: f64,
}

impl Update {
    fn seconds(&self) -> f64 {
        self.once + self.micro_batches as f64 * self.micro_batch
    }
}

/// Times an update. One of several micro-batches is worked out of one with a single one and one with two.
fn timed<T: TimedTask>(trainer: &mut Trainer<T>, batches: &[Vec<T::Batch>], micro_batches: usize) -> Update {
    let mut time = |batches: &[T::Batch]| {
        let clock = Instant::now();
        let stats = trainer.update(batches);
        synchronise(trainer.device());
        (clock.elapsed().as_secs_f64(), stats.flops)
    };
    let (single, flops) = time(&batches[0]);
    match batches.get(1) {
        None => Update { once: 0.0, micro_batch: single, micro_batches, flops },
        Some(two) => {
            let micro_batch = time(two).0 - single;
            Update { once: single - micro_batch, micro_batch, micro_batches, flops }
        }
    }
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
    let Report { profile, method, against, threads, pairs, tokens_a_subnet, micro_batches, .. } = report;
    println!(
        "{method} / {against} at {profile} size, n = {micro_batches} x {tokens_a_subnet} tokens a subnet, {threads} thread(s), \
         {pairs} interleaved pairs"
    );
    println!("  time ratio {:.3} [{:.3}, {:.3}]", report.ratio, report.ratio_lo, report.ratio_hi);
    for (name, took) in [(method, &report.method_took), (against, &report.against_took)] {
        let parts = if *micro_batches > 1 {
            format!(" ({:.1} a micro-batch, {:.1} once)", took.micro_batch_ms, took.once_ms)
        } else {
            String::new()
        };
        println!(
            "  {name:22} {:9.1} ms an update{parts}, {:.1}% of {:.1} GFLOP/s",
            took.update_ms,
            took.utilisation * 100.0,
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
