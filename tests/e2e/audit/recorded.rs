//! Runs that were recorded without their jobs, of this version and of the first, can be audited as far as they go.

use std::fs;
use std::path::{Path, PathBuf};

use mos_base::files::sha256_file;
use mos_e2e::repository;
use mos_plan::files::manifest::RunManifest;
use mos_plan::{Metric, Record};
use mos_reports::{read_records, write_records};

use crate::workbench::{Audited, audit};

/// Copies the files of a recorded run.
fn copy(run: &Path) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("run");
    fs::create_dir(&folder).unwrap();
    for file in fs::read_dir(run).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
    }
    (root, folder)
}

fn recorded(name: &str) -> (tempfile::TempDir, PathBuf) {
    copy(&repository().join("reports/recorded").join(name))
}

/// What rests on jobs can't be told of a run without them, which is a warning; nothing is wrong.
fn assert_doubtful_and_not_wrong(name: &str, audited: &Audited) {
    assert_eq!((audited.code, audited.broken("error").len()), (1, 0), "{name}: {:#?}", audited.broken("error"));
    let rules = audited.document["rules"].as_array().unwrap();
    let plan = rules.iter().find(|rule| rule["id"] == "K4").unwrap();
    assert!(plan["cannot_tell"].as_str().unwrap().contains("no plan and no jobs"), "{plan:#}");
}

#[test]
fn recorded_runs_of_every_version_can_be_audited() {
    for name in ["cpu", "bert-cpu"] {
        let (_root, folder) = recorded(name);
        assert_doubtful_and_not_wrong(name, &audit(&folder, &[]));
    }
    let (_root, folder) = copy(&repository().join("tests/fixtures/version-1"));
    assert_doubtful_and_not_wrong("version 1", &audit(&folder, &[]));
}

#[test]
fn a_rate_that_its_sweep_did_not_choose_is_found() {
    let (_root, folder) = recorded("cpu");
    let (sweep, manifest) = (folder.join("tune.parquet"), folder.join("run.toml"));
    let mut records = read_records(&sweep).unwrap();
    // The worst rate of one method becomes far better than all others, and the manifest names the altered file.
    let of_method = |record: &&Record| record.metric == Metric::Loss && record.method == "mos-neuron";
    let worst = records.iter().filter(of_method).max_by(|a, b| a.value.total_cmp(&b.value)).unwrap().job_id.clone();
    let losses = records.iter_mut().filter(|record| record.metric == Metric::Loss && record.job_id == worst);
    losses.for_each(|record| record.value = 0.1);
    write_records(&sweep, &records).unwrap();
    let mut run = RunManifest::parse(&fs::read_to_string(&manifest).unwrap()).unwrap();
    run.tuning.as_mut().unwrap().sha256 = sha256_file(&sweep).unwrap();
    fs::write(&manifest, toml::to_string(&run).unwrap()).unwrap();
    let rules: Vec<String> = audit(&folder, &[]).broken("error").into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["R4"]);

    fs::remove_file(&sweep).unwrap();
    let broken = audit(&folder, &[]).broken("error");
    assert_eq!(broken.iter().map(|(rule, _)| rule.as_str()).collect::<Vec<_>>(), ["R4"]);
    assert!(broken[0].1.to_string().contains("it names a sweep"), "{broken:#?}");
}
