//! `cargo xtask bench`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::cli::BenchArgs;
use crate::forward::{self, Target};
use crate::paths::Paths;
use crate::{cargo, libtorch};

/// What is timed in pairs against the plain sandwich supernet: profile, tokens of a batch, interleaved pairs of updates.
const SIZES: [(&str, &str, &str); 3] = [("quick", "512", "20"), ("cpu", "2048", "20"), ("paper", "4096", "6")];
/// The methods timed at each size.
const METHODS: [&str; 2] = ["mos-layer", "mos-neuron"];

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
    for ((profile, tokens, pairs), method) in SIZES.into_iter().flat_map(|size| METHODS.map(|method| (size, method))) {
        let mut paired = forward::prepare(paths, Target::Harness)?;
        paired.args(["bench-pair", "--profile", profile, "--batch-tokens", tokens]);
        paired.args(["--method", method, "--pairs", pairs]);
        if !paired.status().context("cannot start mos-harness")?.success() {
            bail!("the paired timing of {method} at {profile} size failed; its message stands above");
        }
    }
    Ok(ExitCode::SUCCESS)
}
