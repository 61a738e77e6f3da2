//! Verbs that belong to one of the binaries: build it if need be, then become it.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::paths::Paths;
use crate::{cargo, libtorch};

// Only the definitions matter here: the arguments are forwarded as they were typed.
#[allow(dead_code)]
#[path = "../../datasets/src/cli.rs"]
pub mod datasets_cli;
#[allow(dead_code)]
#[path = "../../harness/src/cli.rs"]
pub mod harness_cli;
#[allow(dead_code)]
#[path = "../../reports/src/cli.rs"]
pub mod reports_cli;

/// The binaries.
#[derive(Clone, Copy, PartialEq)]
pub enum Target {
    /// Plans, trains, measures: needs libtorch.
    Harness,
    /// Everything after training.
    Reports,
    /// Corpora.
    Data,
}

impl Target {
    fn binary(self) -> &'static str {
        match self {
            Target::Harness => "mos-harness",
            Target::Reports => "mos-reports",
            Target::Data => "mos-data",
        }
    }

    /// What to build: the binary, and those that it starts from its own folder.
    fn builds(self) -> &'static [&'static str] {
        match self {
            Target::Harness => &["mos-harness", "mos-reports"],
            Target::Reports => &["mos-reports"],
            Target::Data => &["mos-data"],
        }
    }
}

/// Forward this process's own arguments to `target`. Returns only when that fails.
pub fn run(paths: &Paths, target: Target) -> Result<ExitCode> {
    let mut binary = prepare(paths, target)?;
    binary.args(env::args_os().skip(1));
    Err(binary.exec()).with_context(|| format!("cannot start {}", binary.get_program().to_string_lossy()))
}

/// The binary, built, as a command in the caller's folder.
pub fn prepare(paths: &Paths, target: Target) -> Result<Command> {
    if target == Target::Harness {
        libtorch::ensure(paths)?;
    }
    cargo::build(paths, target.builds())?;
    let mut binary = Command::new(paths.binaries.join(target.binary()));
    binary.env("MOS_ROOT", &paths.root);
    Ok(binary)
}
