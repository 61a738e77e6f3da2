//! Measures what the harness itself costs: 1 - work of all jobs / (workers x wall), after set-up. Rendering counts as
//! work, too.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::session::Session;
use crate::executor::local::Summary;
use crate::system::files;

const FILE: &str = "overhead.json";

/// The cost of one call of `reproduce`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overhead {
    /// Worker processes.
    pub workers: usize,
    /// Jobs that the call finished.
    pub jobs: usize,
    /// Seconds from the start of the first worker to the finished report.
    pub wall_seconds: f64,
    /// Seconds of work of the jobs and of rendering.
    pub work_seconds: f64,
    /// `1 - work / (workers x wall)`: starting processes, bookkeeping, and workers with nothing left to do.
    pub overhead: f64,
}

impl Overhead {
    fn new(workers: usize, jobs: usize, wall: Duration, work_seconds: f64) -> Overhead {
        let wall_seconds = wall.as_secs_f64();
        let overhead = 1.0 - work_seconds / (workers as f64 * wall_seconds);
        Overhead { workers, jobs, wall_seconds, work_seconds, overhead }
    }

    /// Writes the line that people are shown.
    pub fn line(&self) -> String {
        format!(
            "{:.0} s of work in {:.0} s on {} worker(s): harness overhead {:.1}%",
            self.work_seconds,
            self.wall_seconds,
            self.workers,
            100.0 * self.overhead
        )
    }
}

/// Works the overhead out and keeps it in the run folder: a list, one entry a call that did something.
pub fn note(session: &Session, summary: &Summary, started: Instant, rendering: Duration) -> Result<Overhead> {
    let work = summary.work_seconds + rendering.as_secs_f64();
    let overhead = Overhead::new(session.environment.workers, summary.finished, started.elapsed(), work);
    let mut all = read(&session.store.dir);
    all.push(overhead);
    files::write_atomic(&session.store.dir.join(FILE), &serde_json::to_vec_pretty(&all)?)?;
    Ok(overhead)
}

/// Returns the entry of the last call that did something.
pub fn last(run_dir: &Path) -> Option<Overhead> {
    read(run_dir).pop()
}

/// Reads the entries so far. A file that cannot be read is begun again, since nothing depends on it.
fn read(run_dir: &Path) -> Vec<Overhead> {
    let text = std::fs::read(run_dir.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overhead_is_the_share_of_worker_time_without_work() {
        let o = Overhead::new(2, 5, Duration::from_secs(100), 194.0);
        assert!((o.overhead - 0.03).abs() < 1e-12);
        assert!(o.line().contains("3.0%"));
    }
}
