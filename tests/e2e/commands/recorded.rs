//! The runs recorded in the repository are small and whole, and render anywhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mos_e2e::{binary, repository};
use mos_plan::files::manifest::{MANIFEST_SCHEMA, RunManifest};
use mos_reports::{read_records, render, write_records};

/// A recorded run weighs at most so many bytes.
const MOST_BYTES: u64 = 2_000_000;

/// A run with its sweep and its study has these plots.
const PLOTS: [&str; 7] =
    ["scatter", "gap-per-subnet", "learning-curves", "learning-rates", "cost", "search", "retraining"];

/// One whose searches have limits of latency has these, too.
const OF_LATENCY: [&str; 2] = ["latency-flops", "pareto"];

fn recorded() -> Vec<PathBuf> {
    let folder = repository().join("reports/recorded");
    let mut runs: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    runs.retain(|run| run.join("run.toml").is_file());
    runs.sort();
    runs
}

/// Copies the files of a recorded run that are in the repository to a folder of their own.
fn copy(run: &Path, to: &Path) -> u64 {
    ["run.toml", "records.parquet", "tune.parquet"]
        .iter()
        .filter(|name| run.join(name).is_file())
        .map(|name| fs::copy(run.join(name), to.join(name)).unwrap())
        .sum()
}

#[test]
fn recorded_runs_are_small_and_render() {
    let mut studies = 0;
    for run in recorded() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = copy(&run, folder.path());
        assert!(bytes < MOST_BYTES, "{} weighs {bytes} bytes", run.display());
        let output = Command::new(binary("mos-reports")).arg("report").arg(folder.path()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {}", run.display(), String::from_utf8_lossy(&output.stderr));
        let page = fs::read_to_string(folder.path().join("report/index.html")).unwrap();
        if folder.path().join("tune.parquet").exists() {
            studies += 1;
            assert!(shown.contains("By how much?"), "{shown}");
            let has = |plot: &str| page.contains(&format!("id=\"plot-{plot}"));
            for plot in PLOTS {
                assert!(has(plot), "{}: no plot {plot}", run.display());
            }
            let limits_latency = fs::read_to_string(run.join("run.toml")).unwrap().contains("latency-share");
            for plot in OF_LATENCY {
                assert_eq!(has(plot), limits_latency, "{}: {plot}", run.display());
            }
        }
    }
    assert!(studies > 0, "no run with results is recorded");
}

/// A run that version 1 recorded (`cpu` as it was then), written again as this version writes it, says the same.
#[test]
fn a_run_of_version_1_and_the_same_run_of_today_give_the_same_page() {
    let recorded = repository().join("tests/fixtures/version-1");
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    copy(&recorded, old.path());
    let text = fs::read_to_string(old.path().join("run.toml")).unwrap();
    let manifest = RunManifest::parse(&text).unwrap();
    let upgraded = toml::to_string(&manifest).unwrap();
    assert!(text.starts_with("schema = 1") && upgraded.starts_with(&format!("schema = {MANIFEST_SCHEMA}")));
    fs::write(new.path().join("run.toml"), upgraded).unwrap();
    for name in ["records.parquet", "tune.parquet"] {
        let records = read_records(&old.path().join(name)).unwrap();
        write_records(&new.path().join(name), &records).unwrap();
        assert_eq!(read_records(&new.path().join(name)).unwrap(), records, "{name}");
    }
    let page = |folder: &Path| fs::read_to_string(render(folder).unwrap().index).unwrap();
    assert!(page(old.path()) == page(new.path()));
}

/// Judges the recorded nights and those of a folder after them; gives the exit code, and the names and kinds of series that
/// are worse.
fn judged(more: Option<&str>) -> (i32, Vec<(String, String)>) {
    let history = tempfile::tempdir().unwrap();
    let folders =
        [Some("reports/recorded/history".to_owned()), more.map(|name| format!("tests/fixtures/planted/{name}"))];
    for folder in folders.into_iter().flatten() {
        for night in fs::read_dir(repository().join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            fs::copy(&night, history.path().join(night.file_name().unwrap())).unwrap();
        }
    }
    let arguments = ["regress", "--history", history.path().to_str().unwrap(), "--format", "json"];
    let output = Command::new(binary("mos-reports")).args(arguments).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let worse = document["series"].as_array().unwrap().iter().filter(|one| one["verdict"] == "worse");
    let worse = worse.map(|one| (text(&one["benchmark"]), text(&one["kind"]))).collect();
    (output.status.code().unwrap(), worse)
}

/// The nights were measured, on code that did not change and on code that was made worse on purpose (`docs/nightly.md`).
#[test]
fn recorded_nights_are_calm_and_planted_losses_are_caught() {
    assert_eq!(judged(None), (0, vec![]));
    let (code, worse) = judged(Some("slow-down"));
    assert!(code == 1 && !worse.is_empty() && worse.iter().all(|(_, kind)| kind == "timing"), "{worse:?}");
    let (code, worse) = judged(Some("quality-loss"));
    assert!(code == 1 && worse.iter().all(|(_, kind)| kind == "quality"), "{worse:?}");
    for track in ["nightly ", "bert-nightly "] {
        assert!(worse.iter().any(|(benchmark, _)| benchmark.starts_with(track)), "{track}: {worse:?}");
    }
}
