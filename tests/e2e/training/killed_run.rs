//! `kill -9` at any moment, and then the same command again, gives the same records as an undisturbed run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mos_e2e::{harness, succeed};
use mos_plan::metric::MetricFamily;
use mos_plan::{Metric, Record};
use mos_reports::read_records;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The run is killed so many times in succession.
const KILLS: usize = 10;

/// These metrics tell how well latency is predicted.
const PREDICTOR: [Metric; 5] = [
    Metric::PredictorMdape,
    Metric::PredictorMape,
    Metric::PredictorRmse,
    Metric::PredictorTau,
    Metric::PredictorChosen,
];

/// Gives the records without what is measured from the machine at that moment.
fn lasting(root: &Path) -> Vec<Record> {
    let records = read_records(&root.join("runs/smoke/records.parquet")).unwrap();
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

#[test]
fn a_run_killed_ten_times_ends_with_the_records_of_an_undisturbed_one() {
    let (calm, rough) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Searches depend on latencies, which no two measurements share: both runs take the same table.
    let table = calm.path().join("latencies.csv");
    let table = table.to_str().unwrap();
    succeed(calm.path(), &["latency", "--space", "scaled-smoke", "--sample", "40", "--out", table]);
    let arguments = ["reproduce", "--profile", "smoke", "--jobs", "2", "--latencies", table];
    // The command runs once for the data, so that the time taken next is that of a run alone.
    succeed(tempfile::tempdir().unwrap().path(), &arguments);
    let clock = Instant::now();
    succeed(calm.path(), &arguments);
    // Ten of them add up to half of an undisturbed run.
    let longest = (clock.elapsed().as_millis() as u64 / KILLS as u64).max(200);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for round in 0..KILLS {
        let mut command = harness(rough.path(), &arguments);
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
    let left = rough.path().join("runs/smoke/records.parquet").exists();
    assert!(!left, "the run was finished before the last kill: kill sooner");
    succeed(rough.path(), &arguments);
    let (calm, rough) = (lasting(calm.path()), lasting(rough.path()));
    assert!(calm.len() > 50);
    assert_eq!(calm, rough);
}
