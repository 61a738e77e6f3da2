//! Runs are killed at random moments, and compared with undisturbed ones.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mos_e2e::harness;
use mos_plan::metric::MetricFamily;
use mos_plan::{Metric, Record};
use mos_reports::read_records;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// These metrics tell how well latency is predicted.
const PREDICTOR: [Metric; 5] = [
    Metric::PredictorMdape,
    Metric::PredictorMape,
    Metric::PredictorRmse,
    Metric::PredictorTau,
    Metric::PredictorChosen,
];

/// Gives the records without what is measured from the machine at that moment.
pub fn lasting(run: &Path) -> Vec<Record> {
    let records = read_records(&run.join("records.parquet")).unwrap();
    // What a predictor and a search make of one table is decided by the table.
    let decided = |metric: Metric| {
        let facts = metric.facts();
        facts.family == MetricFamily::Search && facts.unit != "s" || PREDICTOR.contains(&metric)
    };
    records.into_iter().filter(|r| !r.metric.facts().measured || decided(r.metric)).collect()
}

/// Lists the processes that a process has started.
fn children(pid: u32) -> Vec<i32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Starts a command so many times and kills it each time, at the latest after `longest` milliseconds.
pub fn kill_times(root: &Path, arguments: &[&str], kills: usize, longest: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for round in 0..kills {
        let mut command = harness(root, arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(rng.random_range(50..longest)));
        // Every other time the workers die as well; otherwise they notice that their parent is gone.
        let workers = if round % 2 == 0 { children(child.id()) } else { Vec::new() };
        child.kill().unwrap();
        child.wait().unwrap();
        for worker in workers {
            let _ = Command::new("kill").args(["-9", &worker.to_string()]).stderr(Stdio::null()).status();
        }
    }
}
