//! A further row of the table of methods is planned, trained, recorded, compared, credited and drawn, with no Rust
//! changed. The binaries are those that `cargo xtask test` builds with the feature `extra-methods`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mos_base::Split;
use mos_e2e::{binary, output_of, repository};
use mos_plan::files::manifest::RunManifest;
use mos_plan::{Metric, Record, Subject, Track, legacy};
use mos_reports::{read_records, write_records};

/// These rows are a proposed method, its control without routing, and nothing else: neither is known to the program's
/// sources.
const ROWS: &str = r##"
[[method]]
name = "mos-test"
title = "A method of the test"
description = "made of existing parts"
weights = { layer-wise = {} }
sampler = "sandwich"
objective = "task-loss"
partition = "whole"
role = "proposed"
rate-of = "mos-layer"
look = { colour = "#123456", marker = "star" }

[[method]]
name = "mos-test-const"
title = "Control of the test"
description = "the same without routing"
weights = { layer-wise = { constant-input = true } }
sampler = "sandwich"
objective = "task-loss"
partition = "whole"
role = { control = { of = ["mos-test"], without = "routing" } }
rate-of = "mos-layer"
look = { colour = "#654321", marker = "cross" }
"##;

const SUBNETS: [&str; 4] = ["largest", "smallest", "random-1", "random-2"];

fn records() -> Vec<Record> {
    let methods =
        [("scratch", 0.0), ("sandwich", 0.5), ("mos-test", 0.1), ("mos-test-const", 0.3), ("of-another-version", 0.4)];
    let mut records = Vec::new();
    let cells = |seed: i64| SUBNETS.into_iter().enumerate().map(move |(i, subnet)| (seed, i, subnet));
    for (method, behind) in methods {
        for (seed, i, subnet) in (1..=3).flat_map(cells) {
            records.push(Record {
                job_id: format!("score-{method}-{seed}"),
                track: Track::Mt,
                dataset: "text".into(),
                profile: "smoke".into(),
                method: method.into(),
                seed,
                subject: Subject::Subnet(legacy::subnet(subnet)),
                split: Some(Split::Valid),
                metric: Metric::Loss,
                step: 10,
                value: 4.0 + 0.1 * i as f64 + behind,
                loaded: false,
            });
        }
    }
    records
}

/// Writes a manifest as version 1 wrote it, cut down to this test's run.
fn write_run(folder: &Path) {
    let recorded = repository().join("tests/fixtures/version-1/run.toml");
    let mut manifest = RunManifest::parse(&fs::read_to_string(recorded).unwrap()).unwrap();
    manifest.methods = ["sandwich", "mos-test", "mos-test-const", "of-another-version"].map(String::from).to_vec();
    manifest.subnets.retain(|card| SUBNETS.contains(&card.id.name.as_str()));
    manifest.found.clear();
    manifest.found_subnets.clear();
    fs::write(folder.join("run.toml"), toml::to_string(&manifest).unwrap()).unwrap();
    write_records(&folder.join("records.parquet"), &records()).unwrap();
}

/// Makes the command of a binary that takes further methods from the file `extra`, with its runs under `root`.
fn variant(name: &str, root: &Path, extra: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary(&format!("extra-methods/{name}")));
    command.args(arguments).env("MOS_ROOT", root).env("MOS_EXTRA_METHODS", extra);
    command
}

/// Writes the file of further rows.
fn write_rows(folder: &Path) -> PathBuf {
    let extra = folder.join("extra.toml");
    fs::write(&extra, ROWS).unwrap();
    extra
}

#[test]
fn a_further_row_is_planned_trained_recorded_compared_and_drawn() {
    let root = tempfile::tempdir().unwrap();
    let extra = write_rows(root.path());
    let methods = ["reproduce", "--profile", "smoke", "--methods", "sandwich,mos-test,mos-test-const"];
    let plan = output_of(&mut variant("mos-plan", root.path(), &extra, &[&methods[..], &["--dry-run"]].concat()));
    for label in ["mos-test-const seed 1", "mos-test seed 1"] {
        assert!(plan.contains(label), "{label} is not planned: {plan}");
    }
    output_of(&mut variant("mos-harness", root.path(), &extra, &methods));
    let run = root.path().join("runs/smoke");
    let records = read_records(&run.join("records.parquet")).unwrap();
    for method in ["mos-test", "mos-test-const"] {
        let of_method = |metric| records.iter().filter(|r| r.method == method && r.metric == metric).count();
        assert!(of_method(Metric::TrainLoss) > 0, "{method} was not trained");
        assert!(of_method(Metric::Loss) >= SUBNETS.len(), "{method} was not scored");
    }
    let read = |name: &str| fs::read_to_string(run.join("report").join(name)).unwrap();
    assert!(read("tables/paired.csv").contains("mos-test,sandwich,"), "compared with the baseline");
    assert!(read("tables/controls.csv").contains("mos-test,mos-test-const,"), "compared with its control");
    assert!(read("index.html").to_lowercase().contains("#123456"), "drawn");
}

/// The rows are TEST INPUT: no number here was ever measured.
#[test]
fn a_further_row_is_credited_and_an_unknown_method_is_drawn_as_such() {
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path());
    let extra = write_rows(folder.path());
    let run = folder.path().to_str().unwrap();
    output_of(&mut variant("mos-reports", folder.path(), &extra, &["report", run]));
    let report = folder.path().join("report");
    let read = |name: &str| fs::read_to_string(report.join(name)).unwrap();
    assert!(read("tables/paired.csv").contains("mos-test,sandwich,"), "compared with the baseline");
    assert!(read("tables/controls.csv").contains("mos-test,mos-test-const,"), "compared with its control");
    let credit = read("tables/credit.csv");
    assert!(credit.contains("mos-test,open: no claim compares it with sandwich"), "{credit}");
    let methods = read("tables/methods.csv");
    assert!(methods.contains("mos-test,made of existing parts"), "described: {methods}");
    assert!(methods.contains("of-another-version,not described in this version"), "{methods}");
    let page = read("index.html");
    for colour in ["#123456", "#654321", "#808080"] {
        assert!(page.to_lowercase().contains(colour), "{colour} is not drawn");
    }
}
