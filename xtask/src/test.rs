//! `cargo xtask test`: everything that CI runs, in the order in which a failure is cheapest to hear of.

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::paths::Paths;
use crate::{cargo, libtorch};

/// One cargo command.
struct Step {
    name: &'static str,
    args: &'static [&'static str],
    /// An environment variable for it.
    env: Option<(&'static str, &'static str)>,
}

/// With --release throughout: the training loops are useless unoptimised, and one set of artifacts serves all.
const STEPS: [Step; 5] = [
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
    // Before the tests: the end-to-end tests start the binaries.
    Step { name: "binaries", args: &["build", "--release", "--workspace", "--bins"], env: None },
    Step { name: "tests", args: &["test", "--release", "--workspace"], env: None },
];

/// The advisory database is fetched from its own host, so advisories are left to the hosted CI.
const LICENCES: Step = Step { name: "licences", args: &["deny", "check", "licenses", "bans", "sources"], env: None };

enum Outcome {
    Passed,
    Failed,
    LeftOut,
}

/// Run every step, also after a failure, and close with a summary.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    libtorch::ensure(paths)?;
    let mut results = Vec::new();
    for step in &STEPS {
        results.push((step.name, run_step(paths, step)?));
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

fn cargo_deny_is_there(paths: &Paths) -> bool {
    let mut cargo: Command = cargo::command(paths);
    cargo.args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().is_ok_and(|status| status.success())
}
