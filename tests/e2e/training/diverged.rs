//! A training that fails is a result: it is tried once more at a lower rate, and what diverges again ends in a report.

use std::path::Path;

use mos_e2e::{audit_clean, repository, succeed};
use mos_plan::files::job::{JobFile, JobState};
use mos_plan::{Metric, Record, Subject};
use mos_reports::read_records;

/// Writes `smoke` with two methods, with a rate at which one of them diverges, and with a margin that no training of this
/// size reaches, so that every other one is tried again.
fn profile(root: &Path) -> String {
    let text = std::fs::read_to_string(repository().join("harness/plan/profiles/smoke.toml")).unwrap();
    let methods = r#"methods = ["hat", "sandwich", "mos-layer", "mos-neuron"]"#;
    let changes = [
        (methods, r#"methods = ["hat", "sandwich"]"#),
        ("scratch_init =", "learned_nats = 100.0\nscratch_init ="),
        ("sandwich = 2e-3", "sandwich = 1e6"),
        ("random = 2", "random = 1"),
    ];
    let change = |text: String, (from, to): (&str, &str)| {
        assert!(text.contains(from), "smoke.toml has no `{from}`");
        text.replacen(from, to, 1)
    };
    let file = root.join("unlucky.toml");
    std::fs::write(&file, changes.into_iter().fold(text, change)).unwrap();
    file.to_str().unwrap().to_string()
}

fn values(records: &[Record], metric: Metric, method: &str) -> Vec<f64> {
    let own = records.iter().filter(|r| r.metric == metric && r.method == method);
    own.map(|r| r.value).collect()
}

fn jobs(root: &Path) -> Vec<JobFile> {
    let folders = std::fs::read_dir(root.join("runs/unlucky/jobs")).unwrap();
    folders.map(|entry| JobFile::read(&entry.unwrap().path()).unwrap().unwrap()).collect()
}

#[test]
fn a_run_with_a_diverging_rate_ends_with_a_report_and_trains_nothing_twice() {
    let root = tempfile::tempdir().unwrap();
    let profile = profile(root.path());
    let arguments = ["reproduce", "--profile", profile.as_str()];
    succeed(root.path(), &arguments);
    let records = read_records(&root.path().join("runs/unlucky/records.parquet")).unwrap();
    // Both attempts of plain sharing diverged: there are no scores, and no weights.
    assert_eq!(values(&records, Metric::FailedPeakLr, "sandwich"), [1e6]);
    assert_eq!(values(&records, Metric::PeakLr, "sandwich"), [5e5]);
    assert_eq!(values(&records, Metric::DivergedAt, "sandwich").len(), 1);
    let scored = |r: &&Record| r.metric == Metric::Loss && r.method == "sandwich" && r.subject != Subject::Whole;
    let training = records.iter().find(|r| r.metric == Metric::DivergedAt).unwrap().job_id.clone();
    assert!(records.iter().filter(scored).all(|r| r.job_id == training), "only the curve until then");
    // The other one was tried again, and its second attempt counts.
    assert_eq!(values(&records, Metric::FailedPeakLr, "hat"), [2e-3]);
    assert_eq!(values(&records, Metric::PeakLr, "hat"), [1e-3]);
    assert!(!values(&records, Metric::Loss, "hat").is_empty());
    let files = jobs(root.path());
    assert!(files.iter().all(|job| job.state == JobState::Finished));
    let diverged: Vec<&JobFile> = files.iter().filter(|job| job.diverged).collect();
    assert!(diverged.len() == 1 && diverged[0].outputs.keys().all(|name| !name.ends_with(".safetensors")));
    let void = files.iter().filter(|job| job.void.as_deref() == Some("train sandwich seed 1 diverged")).count();
    assert!(void >= 3, "its score and its two searches: {void}");

    let page = std::fs::read_to_string(root.path().join("runs/unlucky/report/index.html")).unwrap();
    assert!(page.contains("diverged"), "the page says what happened");
    // An audit names what has no score and why, and finds nothing wrong with it.
    let audited = audit_clean(&root.path().join("runs/unlucky"));
    let rules = audited["rules"].as_array().unwrap();
    let scores = rules.iter().find(|rule| rule["id"] == "K1").unwrap();
    assert!(scores["found"].as_u64() < scores["expected"].as_u64(), "{scores:#}");
    assert!(scores["notes"].to_string().contains("sandwich largest seed 1 has no score: its training diverged"));
    let status = succeed(root.path(), &["status", "unlucky"]);
    assert!(status.contains("diverged") && status.contains("void"), "{status}");
    let again = succeed(root.path(), &arguments);
    assert!(again.contains("nothing to do"), "{again}");
}
