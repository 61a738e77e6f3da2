//! Times tonight's binary beside the base's, block by block in turn, and the base's beside itself. Each repetition starts all
//! three anew, since where a process happens to lie in memory makes it faster or slower.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::paths::Paths;

/// Repetitions a night.
const REPETITIONS: usize = 6;
/// Rounds of a repetition, in each of which every process has its turn. It is a multiple of three, so that each is first,
/// second and third equally often.
const ROUNDS: usize = 30;
/// The least time of a turn, which decides how many updates it has.
const TURN_SECONDS: f64 = 0.04;

/// Log ratios of times, one a repetition.
#[derive(Serialize)]
pub struct Pairs {
    pub benchmark: String,
    /// `timing`, of tonight's binary to the base's, or `control`, of the base's to itself.
    pub kind: &'static str,
    pub values: Vec<f64>,
}

/// Times the updates of a method.
pub fn time(paths: &Paths, tonight: &Path, base: &Path, profile: &str, method: &str) -> Result<[Pairs; 2]> {
    let (mut timing, mut control) = (Vec::new(), Vec::new());
    for repetition in 1..=REPETITIONS {
        eprintln!("timing {profile} {method}: repetition {repetition} of {REPETITIONS}");
        let start = |binary: &Path| Timed::start(paths, binary, profile, method);
        let mut processes = [start(tonight)?, start(base)?, start(base)?];
        let updates = updates_a_turn(&mut processes)?;
        let (mut to_base, mut to_itself) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let mut seconds = [0.0; 3];
            for turn in 0..3 {
                let who = (round + turn) % 3;
                seconds[who] = processes[who].time(updates)?;
            }
            to_base.push((seconds[0] / seconds[1]).ln());
            to_itself.push((seconds[2] / seconds[1]).ln());
        }
        timing.push(median(to_base));
        control.push(median(to_itself));
    }
    let benchmark = format!("{profile} {method} update");
    Ok([
        Pairs { benchmark: benchmark.clone(), kind: "timing", values: timing },
        Pairs { benchmark, kind: "control", values: control },
    ])
}

/// Gives the number of updates that takes every process [`TURN_SECONDS`] or more.
fn updates_a_turn(processes: &mut [Timed]) -> Result<usize> {
    const TRIED: usize = 3;
    let mut fastest = f64::INFINITY;
    for process in processes {
        fastest = fastest.min(process.time(TRIED)? / TRIED as f64);
    }
    Ok((TURN_SECONDS / fastest).ceil() as usize)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (values[(n - 1) / 2] + values[n / 2]) / 2.0
}

/// A process that makes updates when it is told to.
struct Timed {
    process: Child,
    /// It ends when this is closed.
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    name: String,
}

impl Timed {
    fn start(paths: &Paths, binary: &Path, profile: &str, method: &str) -> Result<Timed> {
        let name = binary.display().to_string();
        let mut command = Command::new(binary);
        command.args(["bench-updates", "--profile", profile, "--method", method]);
        command.env("MOS_ROOT", &paths.root);
        // A kept binary looks for libtorch where its clone had it, which may be gone.
        if paths.link().exists() {
            command.env("LD_LIBRARY_PATH", paths.link().join("lib"));
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let (asks, answers) = (process.stdin.take(), process.stdout.take().context("it was asked for a pipe")?);
        Ok(Timed { process, asks, answers: BufReader::new(answers), name })
    }

    /// Has updates made and gives the seconds they took.
    fn time(&mut self, updates: usize) -> Result<f64> {
        let asks = self.asks.as_mut().context("it is closed at the end only")?;
        let mut answer = String::new();
        // What a process that has ended says stands on its own standard error.
        let answered = writeln!(asks, "{updates}").and_then(|()| self.answers.read_line(&mut answer));
        match (answered, answer.trim().parse()) {
            (Ok(_), Ok(seconds)) if seconds > 0.0 => Ok(seconds),
            _ => bail!(
                "{}: it timed nothing. A base without `bench-updates` is too old: pin another with --base",
                self.name
            ),
        }
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        drop(self.asks.take());
        let _ = self.process.wait();
    }
}
