//! The verb `bench-updates` times a method's updates whenever it is asked on standard input: two builds of the program are
//! so timed in turn, which drift of the machine hits both alike.

use std::io::{self, BufRead};
use std::time::Instant;

use anyhow::{Context, Result};
use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::device::synchronise;
use mos_baselines::translation::task::Translation;
use mos_plan::Track;
use mos_plan::cli::BenchUpdatesArgs;
use mos_plan::profile::profile::Profile;
use tch::Device;

use super::timed::trainer;
use crate::system::machine::keep_freed_memory;
use crate::worker::timed_task::TimedTask;

/// Number of updates before the first that is timed.
const WARM_UP: usize = 3;

/// Runs the verb: for each line, which is a number of updates, it makes them and prints the seconds they took.
pub fn run(args: &BenchUpdatesArgs) -> Result<()> {
    match Profile::find(&args.profile)?.track {
        Track::Mt => serve::<Translation>(args),
        Track::Bert => serve::<MaskedLm>(args),
    }
}

fn serve<T: TimedTask>(args: &BenchUpdatesArgs) -> Result<()> {
    let profile = Profile::find(&args.profile)?;
    tch::set_num_threads(i32::try_from(profile.workers.threads.max(1))?);
    keep_freed_memory();
    let mut trainer = trainer::<T>(&profile, &args.method, Device::Cpu)?;
    let rows = (profile.training.batch_tokens / T::row_tokens(&profile)).max(1);
    let micro_batch = || T::full_batch(&profile, rows, Device::Cpu);
    let batches: Vec<T::Batch> = (0..profile.training.micro_batches).map(|_| micro_batch()).collect();
    for _ in 0..WARM_UP {
        trainer.update(&batches);
    }
    for line in io::stdin().lock().lines() {
        let line = line.context("standard input")?;
        let updates: usize =
            line.trim().parse().with_context(|| format!("standard input: `{line}` is no number of updates"))?;
        let clock = Instant::now();
        for _ in 0..updates {
            trainer.update(&batches);
        }
        synchronise(trainer.device());
        println!("{}", clock.elapsed().as_secs_f64());
    }
    Ok(())
}
