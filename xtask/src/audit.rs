//! `cargo xtask audit` is answered without libtorch, unless jobs are to be made again: then the harness makes them first.

use std::os::unix::process::CommandExt;
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::cli::reports_cli::AuditArgs;
use crate::forward::{self, Target};
use crate::paths::Paths;

/// Audits a run. What could not be audited is told apart from what has a warning.
pub fn run(paths: &Paths, args: &AuditArgs) -> ExitCode {
    audit(paths, args).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn audit(paths: &Paths, args: &AuditArgs) -> Result<ExitCode> {
    if args.replay.is_none() && args.replay_job.is_none() {
        return forward::run(paths, Target::Reports);
    }
    let mut replay = forward::prepare(paths, Target::Harness)?;
    replay.arg("replay").arg(&args.run);
    let options = [
        ("--jobs", args.replay.map(|jobs| jobs.to_string())),
        ("--job", args.replay_job.clone()),
        ("--minutes", args.replay_minutes.map(|minutes| minutes.to_string())),
        ("--data", args.data.as_ref().map(|folder| folder.to_string_lossy().into_owned())),
    ];
    for (name, value) in options {
        if let Some(value) = value {
            replay.args([name, &value]);
        }
    }
    let said = replay.stderr(Stdio::inherit()).output().context("cannot start mos-harness")?;
    if !said.status.success() {
        bail!("the jobs could not be made again; the reason stands above");
    }
    let folder = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    let mut audit = forward::prepare(paths, Target::Reports)?;
    audit.arg("audit").arg(&args.run).args(["--replayed", &folder]);
    if let Some(digest) = &args.expect_digest {
        audit.args(["--expect-digest", digest]);
    }
    if let Some(path) = &args.intoto {
        audit.arg("--intoto").arg(path);
    }
    if args.json {
        audit.arg("--json");
    }
    Err(audit.exec()).context("cannot start mos-reports")
}
