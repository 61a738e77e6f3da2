//! `cargo xtask bench` runs the benchmarks.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cli::BenchArgs;
use crate::forward::{self, Target};
use crate::paths::Paths;
use crate::{cargo, libtorch};

/// These are timed in pairs against the first baseline, as profile, tokens of a batch, interleaved pairs of updates.
const SIZES: [(&str, &str, &str); 5] = [
    ("quick", "512", "20"),
    ("cpu", "2048", "20"),
    ("paper", "4096", "6"),
    ("bert-quick", "1024", "20"),
    ("bert-paper", "1024", "5"),
];

/// Runs criterion's benchmarks, then the paired timings, which criterion cannot do.
pub fn run(paths: &Paths, args: &BenchArgs) -> Result<ExitCode> {
    libtorch::ensure(paths)?;
    let mut criterion = cargo::command(paths);
    criterion.args(["bench", "--workspace", "--bench", "*", "--"]).args(&args.filter);
    if !criterion.status().context("cannot start cargo")?.success() {
        bail!("a benchmark failed; its message stands above");
    }
    if args.filter.is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    for (profile, tokens, pairs) in SIZES {
        let mut paired = forward::prepare(paths, Target::Harness)?;
        paired.args(["bench-pair", "--profile", profile, "--batch-tokens", tokens, "--pairs", pairs]);
        if !paired.status().context("cannot start mos-harness")?.success() {
            bail!("the paired timing at {profile} size failed; its message stands above");
        }
    }
    Ok(ExitCode::SUCCESS)
}
