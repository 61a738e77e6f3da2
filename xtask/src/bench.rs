//! `cargo xtask bench`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cli::BenchArgs;
use crate::forward::{self, Target};
use crate::paths::Paths;
use crate::{cargo, libtorch};

/// What is timed in pairs against the plain sandwich supernet: profile, method, interleaved pairs of updates.
const PAIRS: [(&str, &str, &str); 6] = [
    ("quick", "mos-layer", "20"),
    ("quick", "mos-neuron", "20"),
    ("cpu", "mos-layer", "20"),
    ("cpu", "mos-neuron", "20"),
    ("paper", "mos-layer", "6"),
    ("paper", "mos-neuron", "6"),
];

/// Run criterion's benchmarks, then the paired timings, which criterion cannot do.
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
    for (profile, method, pairs) in PAIRS {
        let mut paired = forward::prepare(paths, Target::Harness)?;
        paired.args(["bench-pair", "--profile", profile, "--method", method, "--pairs", pairs]);
        if !paired.status().context("cannot start mos-harness")?.success() {
            bail!("the paired timing of {method} at {profile} size failed; its message stands above");
        }
    }
    Ok(ExitCode::SUCCESS)
}
