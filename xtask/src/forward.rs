//! A verb that belongs to one of the binaries is forwarded: the binary is built if need be, and takes this process's
//! place.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::cli::harness_cli;
use crate::paths::Paths;
use crate::{cargo, libtorch};

/// A target is a binary that verbs are forwarded to.
#[derive(Clone, Copy, PartialEq)]
pub enum Target {
    /// `mos-harness` trains and measures, and needs libtorch.
    Harness,
    /// `mos-plan` says what can be said of a run before it is made.
    Plan,
    /// `mos-reports` does everything after training.
    Reports,
    /// `mos-data` offers corpora.
    Data,
}

impl Target {
    fn binary(self) -> &'static str {
        match self {
            Target::Harness => "mos-harness",
            Target::Plan => "mos-plan",
            Target::Reports => "mos-reports",
            Target::Data => "mos-data",
        }
    }

    /// Tells what to build: the binary, and those that it starts from its own folder.
    fn builds(self) -> &'static [&'static str] {
        match self {
            Target::Harness => &["mos-harness", "mos-reports"],
            Target::Plan => &["mos-plan"],
            Target::Reports => &["mos-reports"],
            Target::Data => &["mos-data"],
        }
    }
}

/// Chooses the binary that answers a verb of the harness: what needs no libtorch is answered without it.
pub fn of_harness(command: &harness_cli::Command) -> Target {
    match command {
        harness_cli::Command::Reproduce(args) if args.dry_run => Target::Plan,
        harness_cli::Command::Arch(_) => Target::Plan,
        _ => Target::Harness,
    }
}

/// Forwards this process's own arguments to `target`. It returns only when that fails.
pub fn run(paths: &Paths, target: Target) -> Result<ExitCode> {
    let mut binary = prepare(paths, target)?;
    binary.args(env::args_os().skip(1));
    Err(binary.exec()).with_context(|| format!("cannot start {}", binary.get_program().to_string_lossy()))
}

/// Builds the binary, and gives it as a command in the caller's folder.
pub fn prepare(paths: &Paths, target: Target) -> Result<Command> {
    if target == Target::Harness {
        libtorch::ensure(paths)?;
    }
    cargo::build(paths, target.builds())?;
    let mut binary = Command::new(paths.binaries.join(target.binary()));
    binary.env("MOS_ROOT", &paths.root);
    Ok(binary)
}
