//! `cargo xtask test` runs everything that CI runs, in the order in which a failure is cheapest to hear of.

use std::fs;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::paths::Paths;
use crate::{cargo, libtorch};

/// A step is one cargo command.
struct Step {
    name: &'static str,
    args: &'static [&'static str],
    /// This environment variable is set for the step.
    env: Option<(&'static str, &'static str)>,
}

/// Every step has --release: the training loops are useless unoptimised, and one set of artifacts serves all.
const STEPS: [Step; 6] = [
    Step { name: "format", args: &["fmt", "--all", "--check"], env: None },
    Step {
        name: "lints",
        args: &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"],
        env: None,
    },
    Step {
        name: "docs",
        args: &["doc", "--release", "--workspace", "--no-deps"],
        env: Some(("RUSTDOCFLAGS", "-D warnings")),
    },
    // This comes before the tests, since the end-to-end tests start the binaries. First come those that read further
    // methods from a file, of which a copy is kept; the others then take their place.
    Step {
        name: "variants",
        args: &["build", "--release", "--workspace", "--bins", "--features", "mos-spaces/extra-methods"],
        env: None,
    },
    Step { name: "binaries", args: &["build", "--release", "--workspace", "--bins"], env: None },
    Step { name: "tests", args: &["test", "--release", "--workspace"], env: None },
];

/// These are the binaries of the step `variants`, and the folder beside the binaries in which a copy is kept.
const VARIANTS: ([&str; 3], &str) = (["mos-harness", "mos-plan", "mos-reports"], "extra-methods");

/// The advisory database is fetched from its own host, so advisories are left to the hosted CI.
const LICENCES: Step = Step { name: "licences", args: &["deny", "check", "licenses", "bans", "sources"], env: None };

enum Outcome {
    Passed,
    Failed,
    LeftOut,
}

/// Runs every step, also after a failure, and closes with a summary.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    libtorch::ensure(paths)?;
    let mut results = Vec::new();
    for step in &STEPS {
        let result = run_step(paths, step)?;
        if step.name == "variants" && matches!(result.0, Outcome::Passed) {
            keep_variants(paths)?;
        }
        results.push((step.name, result));
    }
    let deny =
        if cargo_deny_is_there(paths) { run_step(paths, &LICENCES)? } else { (Outcome::LeftOut, Duration::ZERO) };
    results.push((LICENCES.name, deny));
    eprintln!();
    for (name, (outcome, time)) in &results {
        match outcome {
            Outcome::Passed => eprintln!("  passed  {name:<9} {:>6.1} s", time.as_secs_f64()),
            Outcome::Failed => eprintln!("  FAILED  {name:<9} {:>6.1} s", time.as_secs_f64()),
            Outcome::LeftOut => eprintln!(
                "LEFT OUT  {name:<9} cargo-deny is not installed; `cargo install cargo-deny --locked` brings it"
            ),
        }
    }
    let failed = results.iter().any(|(_, (outcome, _))| matches!(outcome, Outcome::Failed));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn run_step(paths: &Paths, step: &Step) -> Result<(Outcome, Duration)> {
    let variable = step.env.map(|(name, value)| format!("{name}={value:?} ")).unwrap_or_default();
    eprintln!("\n==> {}: {variable}cargo {}", step.name, step.args.join(" "));
    let mut cargo = cargo::command(paths);
    cargo.args(step.args).envs(step.env);
    let start = Instant::now();
    let status = cargo.status().context("cannot start cargo")?;
    let outcome = if status.success() { Outcome::Passed } else { Outcome::Failed };
    Ok((outcome, start.elapsed()))
}

fn keep_variants(paths: &Paths) -> Result<()> {
    let (names, folder) = VARIANTS;
    let folder = paths.binaries.join(folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in names {
        // A new file is made each time, since the old one may be running.
        let (from, to) = (paths.binaries.join(name), folder.join(name));
        let _ = fs::remove_file(&to);
        fs::copy(&from, &to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    }
    Ok(())
}

fn cargo_deny_is_there(paths: &Paths) -> bool {
    let mut cargo: Command = cargo::command(paths);
    cargo.args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().is_ok_and(|status| status.success())
}
