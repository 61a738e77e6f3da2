//! `kill -9` at any moment, and then the same command again, gives the same records as an undisturbed run.

use std::time::Instant;

use mos_e2e::{audit_clean, succeed};

use crate::kills::{kill_times, lasting};

/// The run is killed so many times in succession.
const KILLS: usize = 10;

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
    kill_times(rough.path(), &arguments, KILLS, longest);
    let left = rough.path().join("runs/smoke/records.parquet").exists();
    assert!(!left, "the run was finished before the last kill: kill sooner");
    succeed(rough.path(), &arguments);
    // One was killed and resumed, and both took a table of latencies that was given.
    for root in [&calm, &rough] {
        audit_clean(&root.path().join("runs/smoke"));
    }
    let (calm, rough) = (lasting(&calm.path().join("runs/smoke")), lasting(&rough.path().join("runs/smoke")));
    assert!(calm.len() > 50);
    assert_eq!(calm, rough);
}
