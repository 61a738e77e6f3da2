//! A night is made of runs and of what was timed; it is added once, judged, and refused where it is not whole.

use std::fs;
use std::path::Path;
use std::process::Output;

use mos_base::Split;
use mos_e2e::{program, stderr};
use mos_plan::Metric;
use mos_reports::{read_records, write_records};

use crate::workbench::copy;

/// What `cargo xtask ci nightly` times, of two benchmarks.
const TIMINGS: &str = r#"{
  "commit": "1a2b3c4d00000000000000000000000000000000",
  "base": "1a2b3c4d00000000000000000000000000000000",
  "compiler": "rustc 1.95.0",
  "timed": [
    { "benchmark": "nightly mos-neuron update", "kind": "timing", "values": [0.01, -0.01] },
    { "benchmark": "nightly mos-neuron update", "kind": "control", "values": [0.002, -0.003] },
    { "benchmark": "nightly mos-neuron update", "kind": "absolute", "values": [0.013, 0.014] }
  ]
}"#;

fn night(root: &Path, date: &str) -> Output {
    let (timings, history) = (root.join("timings.json"), root.join("history"));
    let arguments = ["night", "smoke", "--timings", timings.to_str().unwrap(), "--night", date];
    let more = ["--history", history.to_str().unwrap()];
    program("mos-reports", root, &[&arguments[..], &more].concat()).output().unwrap()
}

#[test]
fn a_night_is_added_once_and_judged() {
    let (root, _folder) = copy("smoke");
    fs::write(root.path().join("timings.json"), TIMINGS).unwrap();
    let added = night(root.path(), "2026-11-30");
    assert!(added.status.success(), "{}", stderr(&added));
    assert!(String::from_utf8_lossy(&added.stdout).contains("2026-11-30-1a2b3c4d.parquet"));
    let again = night(root.path(), "2026-11-30");
    assert!(!again.status.success() && stderr(&again).contains("already"), "{}", stderr(&again));
    assert!(night(root.path(), "2026-12-01").status.success());
    let judged = program("mos-reports", root.path(), &["regress", "--format", "json"]).output().unwrap();
    assert_eq!(judged.status.code(), Some(3), "{}", stderr(&judged));
    let document: serde_json::Value = serde_json::from_slice(&judged.stdout).unwrap();
    // The same seed gave the same bits, so that there is nothing to tell; and the run has one seed, which is no fresh one.
    assert_eq!(document["notices"], serde_json::json!([]), "{document:#}");
    let series = document["series"].as_array().unwrap();
    assert_eq!(series.len(), 2, "{document:#}");
}

#[test]
fn a_night_without_a_planned_score_is_refused() {
    let (root, folder) = copy("smoke");
    fs::write(root.path().join("timings.json"), TIMINGS).unwrap();
    let path = folder.join("records.parquet");
    let mut records = read_records(&path).unwrap();
    records.retain(|record| {
        !(record.method == "mos-neuron" && record.metric == Metric::Loss && record.split == Some(Split::Valid))
    });
    write_records(&path, &records).unwrap();
    let refused = night(root.path(), "2026-11-30");
    let said = stderr(&refused);
    assert!(!refused.status.success() && said.lines().count() == 1, "{said}");
    assert!(said.contains("mos-neuron") && said.contains("no validation loss"), "{said}");
    assert!(!root.path().join("history").exists());
    fs::write(root.path().join("timings.json"), "{}").unwrap();
    let said = stderr(&night(root.path(), "2026-11-30"));
    assert!(said.contains("timings.json") && said.lines().count() == 1, "{said}");
}
