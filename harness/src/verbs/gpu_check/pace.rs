//! Times an update at full size, and says what it takes of the device.

use std::time::Instant;

use anyhow::Result;
use mos_baselines::device::synchronise;
use mos_observe::{Calls, Counter, peak_device_memory};
use mos_spaces::method;
use serde::Serialize;

use super::check::{Check, Subject};
use crate::system::machine::{matmul_gflops, peak_memory_bytes};
use crate::verbs::timed::trainer;
use crate::worker::splitting::Splitter;
use crate::worker::timed_task::TimedTask;
use crate::worker::weights::product_kind;

/// What one update took.
#[derive(Debug, Serialize)]
pub struct Pace {
    /// The profile of the size.
    profile: String,
    method: String,
    micro_batches: usize,
    tokens: u64,
    seconds: f64,
    tokens_per_second: f64,
    /// Rate of large products, GFLOP/s.
    matmul_gflops: f64,
    /// Model FLOPs of the update over what products of that rate could do in its time.
    utilisation: f64,
    /// Of the device, else of the process.
    peak_memory_bytes: u64,
    operator_calls: u64,
    /// Operators whose answer the host waited for.
    waits: u64,
    finite: bool,
}

/// Times an update of the last of the proposed methods, which asks most of a device, at the profile's size and precision.
pub fn measure<T: TimedTask>(subject: &Subject) -> Result<Pace> {
    let (profile, device) = (&subject.profile, subject.device);
    let method = method::proposed().last().expect("the table holds proposed methods");
    let (training, length) = (&profile.training, T::row_tokens(profile));
    let kind = product_kind(training.precision);
    let mut trainer = trainer::<T>(profile, &method.name, device)?;
    let rows = (training.batch_tokens / length).max(1);
    // The first update finds kernels and memory; where that is short, micro-batches are halved as in a training.
    let mut splitter = Splitter::resume(1);
    let rows = splitter.retry(rows, |parts| {
        let rows = (rows / parts).max(1);
        trainer.update(&[T::full_batch(profile, rows, device)]);
        rows
    })?;
    let micro_batches = training.batch_tokens * training.micro_batches / (rows * length);
    let batches: Vec<_> = (0..micro_batches).map(|_| T::full_batch(profile, rows, device)).collect();
    synchronise(device);
    let counter = Counter::start();
    let clock = Instant::now();
    let stats = trainer.update(&batches);
    let Calls { calls, waits } = counter.so_far();
    synchronise(device);
    let seconds = clock.elapsed().as_secs_f64();
    drop(counter);
    let finite = trainer.check_loss(&stats).is_ok() && trainer.check_weights().is_ok();
    let gflops = matmul_gflops(device, kind, usize::try_from(tch::get_num_threads()).unwrap_or(1));
    let tokens = (rows * length * micro_batches) as u64;
    Ok(Pace {
        profile: subject.name.to_string(),
        method: method.name.clone(),
        micro_batches,
        tokens,
        seconds,
        tokens_per_second: tokens as f64 / seconds,
        matmul_gflops: gflops,
        utilisation: stats.flops / seconds / (gflops * 1e9),
        peak_memory_bytes: peak_device_memory(device).unwrap_or_else(peak_memory_bytes),
        operator_calls: calls,
        waits,
        finite,
    })
}

impl Pace {
    /// Judges the update: its numbers are finite, and nothing in it waited for the device.
    pub fn check(&self) -> Check {
        Check {
            name: format!("an update of {} at the size of {}", self.method, self.profile),
            passed: self.finite && self.waits == 0,
            found: format!(
                "{} numbers, {} waits for the device",
                if self.finite { "finite" } else { "NOT finite" },
                self.waits
            ),
        }
    }

    /// Says what the update took, in a few lines.
    pub fn in_words(&self) -> String {
        format!(
            "an update of {} at the size of {}: {} micro-batches, {} tokens, {:.2} s = {:.0} tokens a second\n\
             utilisation {:.1}% of {:.0} GFLOP/s, peak memory {:.2} GiB, {} operator calls",
            self.method,
            self.profile,
            self.micro_batches,
            self.tokens,
            self.seconds,
            self.tokens_per_second,
            100.0 * self.utilisation,
            self.matmul_gflops,
            self.peak_memory_bytes as f64 / (1u64 << 30) as f64,
            self.operator_calls,
        )
    }
}
