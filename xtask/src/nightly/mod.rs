//! `cargo xtask ci nightly` measures one night and adds it to the history: losses on fresh seeds, and times in pairs with a
//! pinned base commit. What came of it is written for people, and said by the exit code.

mod base;
mod pairs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::cli::NightlyArgs;
use crate::forward::{self, Target};
use crate::git;
use crate::paths::Paths;
use base::Base;
use pairs::Timed;

/// The profile of a night, of both tracks.
const PROFILE: &str = "nightly";
/// Its runs, a track each.
const RUNS: [&str; 2] = ["nightly", "bert-nightly"];
/// What is timed: a profile, and one of its methods.
const TIMED: [(&str, &str); 2] = [("nightly", "mos-neuron"), ("bert-nightly", "mos-layer")];
/// Seeds that a night may use up.
const SEEDS_A_NIGHT: u64 = 10;

/// What was timed, for `mos-reports night`.
#[derive(Serialize)]
struct Timings<'a> {
    commit: &'a str,
    base: &'a str,
    compiler: String,
    timed: Vec<Timed>,
}

/// Measures the night, adds it to the history, and judges it. A night that failed is told apart from one that got worse.
pub fn run(paths: &Paths, args: &NightlyArgs) -> ExitCode {
    measure(paths, args).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn measure(paths: &Paths, args: &NightlyArgs) -> Result<ExitCode> {
    let history = args.history.clone().unwrap_or_else(|| paths.root.join("history"));
    let out = args.out.clone().unwrap_or_else(|| paths.root.join("runs/nightly-report"));
    let night = args.night.clone().map_or_else(today, Ok)?;
    let fresh = fresh_seed(&night)?.to_string();
    refuse_measured(&history, &night)?;
    let commit = git::commit(paths, "HEAD")?;
    git::refuse_changes(paths)?;
    let base = Base::pinned(paths, &history, args.base.as_deref(), &commit)?;
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let harness = PathBuf::from(forward::prepare(paths, Target::Harness)?.get_program());
    let of_base = base.binary(paths, &harness)?;

    eprintln!("night {night}: commit {}, base {}", git::short(&commit), git::short(&base.commit));
    let mut training = forward::prepare(paths, Target::Harness)?;
    carry_out(training.args(["reproduce", "--profile", PROFILE, "--fresh-seeds-from", &fresh]).stdout(Stdio::null()))?;
    let mut timed = Vec::new();
    for (profile, method) in TIMED {
        timed.extend(pairs::time(paths, &harness, &of_base, profile, method)?);
    }
    let timings = Timings { commit: &commit, base: &base.commit, compiler: compiler()?, timed };
    let file = out.join("timings.json");
    write(&file, &serde_json::to_string_pretty(&timings)?)?;

    let mut adding = forward::prepare(paths, Target::Reports)?;
    adding.arg("night").args(RUNS).arg("--timings").arg(&file).arg("--history").arg(&history).args(["--night", &night]);
    carry_out(&mut adding)?;
    base.pin(&history)?;
    judge(paths, &history, &out)
}

/// Judges the last night, and writes a page and a summary; returns the exit code of `regress`.
fn judge(paths: &Paths, history: &Path, out: &Path) -> Result<ExitCode> {
    let mut regress = forward::prepare(paths, Target::Reports)?;
    regress.arg("regress").arg("--history").arg(history).arg("--out").arg(out).args(["--format", "markdown"]);
    let judged = regress.stderr(Stdio::inherit()).output().context("cannot start mos-reports")?;
    let summary = String::from_utf8_lossy(&judged.stdout);
    write(&out.join("summary.md"), &summary)?;
    print!("{summary}");
    eprintln!("page: {}", out.join("index.html").display());
    let code = judged.status.code().context("mos-reports was stopped")?;
    Ok(ExitCode::from(u8::try_from(code)?))
}

/// Refuses a night that the history has, before minutes are spent on it.
fn refuse_measured(history: &Path, night: &str) -> Result<()> {
    let files = fs::read_dir(history).into_iter().flatten().flatten();
    let mut names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    if let Some(there) = names.find(|name| name.starts_with(night)) {
        bail!("{}: the night {night} is there already; name another with --night", history.join(there).display());
    }
    Ok(())
}

fn carry_out(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    if !command.status().with_context(|| format!("cannot start {name}"))?.success() {
        bail!("{name} failed; its message stands above");
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn compiler() -> Result<String> {
    let said = Command::new("rustc").arg("--version").output().context("cannot start rustc")?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// Gives today's date in UTC.
fn today() -> Result<String> {
    let said = Command::new("date").args(["-u", "+%F"]).output().context("cannot start date")?;
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// Makes the first fresh seed of a night: the digits of its date, and room for a few more seeds.
fn fresh_seed(night: &str) -> Result<u64> {
    let parts: Vec<&str> = night.split('-').collect();
    let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.concat();
    if widths != [4, 2, 2] || !digits.chars().all(|c| c.is_ascii_digit()) {
        bail!("--night {night}: write the date as 2026-11-30");
    }
    Ok(digits.parse::<u64>()? * SEEDS_A_NIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_nights_share_a_seed() {
        assert_eq!(fresh_seed("2026-11-30").unwrap(), 202_611_300);
        assert!(fresh_seed("2026-12-01").unwrap() - fresh_seed("2026-11-30").unwrap() >= SEEDS_A_NIGHT);
        for night in ["today", "2026-1-01", "30-11-2026", "2026-11-30-1", "2026-11-3x"] {
            assert!(fresh_seed(night).unwrap_err().to_string().contains("--night"), "{night}");
        }
    }

    #[test]
    fn a_night_that_is_there_is_refused_before_it_is_measured() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("2026-11-30-1a2b3c4d.parquet"), "").unwrap();
        let error = refuse_measured(folder.path(), "2026-11-30").unwrap_err().to_string();
        assert!(error.contains("2026-11-30-1a2b3c4d.parquet") && error.contains("--night"), "{error}");
        refuse_measured(folder.path(), "2026-12-01").unwrap();
        refuse_measured(&folder.path().join("none"), "2026-12-01").unwrap();
    }
}
