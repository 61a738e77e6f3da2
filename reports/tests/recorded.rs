//! The runs recorded in the repository are small, whole, and render anywhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a recorded run may weigh.
const MOST_BYTES: u64 = 2_000_000;

/// The plots of a run with its sweep and its latency study.
const PLOTS: [&str; 9] = [
    "scatter",
    "gap-per-subnet",
    "learning-curves",
    "learning-rates",
    "cost",
    "latency-flops",
    "search",
    "pareto",
    "retraining",
];

fn recorded() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded");
    let mut runs: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    runs.sort();
    runs
}

/// The files of a recorded run that are in the repository, in a folder of their own.
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
        let output = Command::new(env!("CARGO_BIN_EXE_mos-reports")).arg("report").arg(folder.path()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {}", run.display(), String::from_utf8_lossy(&output.stderr));
        let page = fs::read_to_string(folder.path().join("report/index.html")).unwrap();
        if folder.path().join("tune.parquet").exists() {
            studies += 1;
            assert!(shown.contains("Paired differences"), "{shown}");
            for plot in PLOTS {
                assert!(page.contains(&format!("id=\"plot-{plot}")), "{}: no plot {plot}", run.display());
            }
        }
    }
    assert!(studies > 0, "no run with results is recorded");
}
