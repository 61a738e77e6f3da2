//! Times tonight's binary beside the base's, block by block in turn, and the base's beside itself. Each repetition starts all
//! three anew, since where a process happens to lie in memory makes it faster or slower, and in another order, since the
//! second to start was found to be slower than the third.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::paths::Paths;

/// The orders in which three processes start, one a repetition, and in which they take their turns. Each of them comes as often after each of them, itself included,
/// also from one order to the next: whoever runs after its like finds caches filled.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [2, 0, 1], [1, 2, 0], [0, 2, 1], [1, 0, 2], [2, 1, 0]];
/// Every order comes so often in a repetition.
const CYCLES: usize = 5;
/// The least time of a turn, which decides how many updates it has.
const TURN_SECONDS: f64 = 0.04;

/// What was timed, a value a repetition.
#[derive(Serialize)]
pub struct Timed {
    pub benchmark: String,
    /// `timing`, the log ratio of tonight's binary to the base's, `control`, that of the base's to itself, or `absolute`,
    /// the seconds of tonight's.
    pub kind: &'static str,
    pub values: Vec<f64>,
}

/// Times the updates of a method.
pub fn time(paths: &Paths, tonight: &Path, base: &Path, profile: &str, method: &str) -> Result<[Timed; 3]> {
    let (mut timing, mut control, mut absolute) = (Vec::new(), Vec::new(), Vec::new());
    let binaries = [tonight, base, base];
    for (i, start_order) in ORDERS.iter().enumerate() {
        eprintln!("timing {profile} {method}: repetition {} of {}", i + 1, ORDERS.len());
        let start = |who: &usize| Ok((*who, Updates::start(paths, binaries[*who], profile, method)?));
        let mut started = start_order.iter().map(start).collect::<Result<Vec<(usize, Updates)>>>()?;
        started.sort_by_key(|(who, _)| *who);
        let mut processes: Vec<Updates> = started.into_iter().map(|(_, process)| process).collect();
        let updates = updates_a_turn(&mut processes)?;
        let (mut to_base, mut to_itself, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for order in ORDERS.iter().cycle().take(CYCLES * ORDERS.len()) {
            let mut seconds = [0.0; 3];
            for who in order {
                seconds[*who] = processes[*who].time(updates)?;
            }
            to_base.push((seconds[0] / seconds[1]).ln());
            to_itself.push((seconds[2] / seconds[1]).ln());
            own.push(seconds[0] / updates as f64);
        }
        timing.push(median(to_base));
        control.push(median(to_itself));
        absolute.push(median(own));
    }
    let of = |kind, values| Timed { benchmark: format!("{profile} {method} update"), kind, values };
    Ok([of("timing", timing), of("control", control), of("absolute", absolute)])
}

/// Gives the number of updates that takes every process [`TURN_SECONDS`] or more.
fn updates_a_turn(processes: &mut [Updates]) -> Result<usize> {
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
struct Updates {
    process: Child,
    /// It ends when this is closed.
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    name: String,
}

impl Updates {
    fn start(paths: &Paths, binary: &Path, profile: &str, method: &str) -> Result<Updates> {
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
        Ok(Updates { process, asks, answers: BufReader::new(answers), name })
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

impl Drop for Updates {
    fn drop(&mut self) {
        drop(self.asks.take());
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_process_follows_every_process_equally_often() {
        let turns: Vec<usize> = ORDERS.iter().flatten().copied().collect();
        let mut followed = [[0; 3]; 3];
        for (before, after) in turns.iter().zip(turns.iter().cycle().skip(1)) {
            followed[*before][*after] += 1;
        }
        assert_eq!(followed, [[2; 3]; 3]);
    }
}
