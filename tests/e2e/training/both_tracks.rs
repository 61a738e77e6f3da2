//! One command makes a run of each track and one page of both. The BERT run, killed again and again, ends with the same
//! records.

use std::path::Path;
use std::time::Instant;

use mos_e2e::{harness, json, succeed};
use mos_plan::{Metric, Record};
use mos_reports::read_records;

use crate::kills::{kill_times, lasting};

const RUN: &str = "runs/bert-smoke";

/// Gives the records that no measured latency decides: what NAS-BERT's blocks and tables are made of is measured.
fn decided(root: &Path) -> Vec<Record> {
    let of_latency = |record: &Record| record.method == "nas-bert" || record.subject.text().contains("nas-bert");
    lasting(&root.join(RUN)).into_iter().filter(|record| !of_latency(record)).collect()
}

/// Tests that every part of the study left what it is for.
fn has_every_part(root: &Path) {
    let records = read_records(&root.join(RUN).join("records.parquet")).unwrap();
    let any = |metric: Metric, method: &str| records.iter().any(|r| r.metric == metric && r.method == method);
    for method in ["scratch", "sandwich", "mos-layer", "mos-neuron", "autodistil", "nas-bert"] {
        assert!(any(Metric::TrainLoss, method), "{method} was not trained");
        assert!(any(Metric::FineTunePeakLr, method), "{method} was not fine-tuned");
    }
    for (metric, method) in [
        (Metric::TaskAccuracy, ""),
        (Metric::FineTuneRandom, "scratch"),
        (Metric::FineTuneContinued, "mos-layer"),
        (Metric::RetrainUpdates, "mos-neuron"),
        (Metric::ExpertDistance, "mos-neuron"),
        (Metric::MaskedAccuracy, "sandwich"),
    ] {
        assert!(any(metric, method), "{metric} of {method}");
    }
    for table in ["sizes", "tasks", "task-gaps", "mixing"] {
        assert!(root.join(RUN).join(format!("report/tables/{table}.csv")).exists(), "{table}");
    }
}

#[test]
fn both_tracks_run_from_one_command_and_the_second_survives_kills() {
    let (calm, rough) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let arguments = ["reproduce", "--profile", "smoke", "--jobs", "2"];
    let document = [&arguments[..], &["--json"]].concat();
    let made = json(&harness(calm.path(), &document).output().unwrap());
    let names: Vec<&str> = made["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert_eq!(names, ["smoke", "bert-smoke"]);
    has_every_part(calm.path());
    let page = std::fs::read_to_string(calm.path().join("runs/smoke/report/index.html")).unwrap();
    for part in ["run smoke", "run bert-smoke", "Nets by size", "Fine-tuning", "Retraining savings"] {
        assert!(page.contains(part), "{part}");
    }
    let clock = Instant::now();
    let again = succeed(calm.path(), &arguments);
    assert_eq!(again.matches("nothing to do").count(), 2, "{again}");
    let out = calm.path().join("subnet.safetensors");
    succeed(calm.path(), &["export", "bert-smoke", "smallest", "--out", out.to_str().unwrap()]);
    assert!(out.exists() && clock.elapsed().as_secs() < 60);

    let bert = [&arguments[..], &["--track", "bert"]].concat();
    kill_times(rough.path(), &bert, 12, 4_000);
    assert!(!rough.path().join(RUN).join("records.parquet").exists(), "it was finished before the last kill");
    succeed(rough.path(), &bert);
    let (calm, rough) = (decided(calm.path()), decided(rough.path()));
    assert!(calm.len() > 200);
    assert_eq!(calm, rough);
}
