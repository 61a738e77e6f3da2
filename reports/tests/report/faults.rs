//! Files that are old, damaged or written to do harm.

use std::fs;

use mos_plan::files::manifest::RunManifest;
use mos_plan::{Metric, Record, Subject};
use mos_reports::{render, write_records};

use crate::made::{Shape, files, manifest, records, rendered, sweep, without_script, write_run};

#[test]
fn files_of_an_earlier_report_do_not_linger() {
    let (_, folder) = rendered(&Shape::full());
    let shape = Shape { decoded: false, ..Shape::full() };
    write_run(folder.path(), &manifest(&shape), &records(&shape), None);
    render(folder.path()).unwrap();
    assert!(!folder.path().join("report/tables/test-bleu.tex").exists());
    assert!(folder.path().join("report/tables/headline.tex").exists());
}

#[test]
fn text_from_files_is_escaped_everywhere() {
    const NASTY: &str = "<script>alert(1)</script>&\"'|_%";
    let shape = Shape { title: NASTY, ..Shape::full() };
    let mut manifest = manifest(&shape);
    let (renamed, corpus) = (&mut manifest.subnets[2], &mut manifest.corpora[0]);
    for text in [
        &mut manifest.name,
        &mut manifest.command,
        &mut manifest.environment.cpu,
        &mut corpus.id,
        &mut corpus.citation,
        &mut corpus.notes[0],
        &mut renamed.summary,
        &mut renamed.id.name,
        &mut manifest.methods[0],
        &mut manifest.space,
    ] {
        *text = NASTY.to_owned();
    }
    let mut records = records(&shape);
    for record in &mut records {
        if record.method == "hat" {
            record.method = NASTY.to_owned();
        }
        if let Subject::Subnet(id) = &mut record.subject
            && id.name == "random-1"
        {
            id.name = NASTY.to_owned();
        }
        record.job_id = format!("{}{NASTY}", record.job_id);
    }
    let folder = tempfile::tempdir().unwrap();
    write_run(folder.path(), &manifest, &records, Some(&sweep(&shape)));
    let page = fs::read_to_string(render(folder.path()).unwrap().index).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)"));
    for (name, bytes) in files(&folder.path().join("report")) {
        let markup = [".html", ".svg", ".md"].iter().any(|kind| name.ends_with(kind));
        let text = without_script(&String::from_utf8_lossy(&bytes));
        assert!(!markup || !text.contains("<script"), "{name}");
    }
}

#[test]
fn text_from_files_is_escaped_side_by_side_too() {
    const NASTY: &str = "<script>alert(1)</script>&\"'|_%";
    let shape = Shape { title: NASTY, ..Shape::full() };
    let mut hostile = manifest(&shape);
    hostile.name = NASTY.to_owned();
    hostile.corpora[0].id = NASTY.to_owned();
    hostile.environment.commit = Some(NASTY.to_owned());
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_run(a.path(), &manifest(&shape), &records(&shape), None);
    write_run(b.path(), &hostile, &records(&shape), None);
    let drawn = mos_reports::compare::compare(a.path(), b.path()).unwrap().page();
    for (name, text) in drawn.files() {
        let markup = [".html", ".md"].iter().any(|kind| name.ends_with(kind));
        assert!(!markup || !without_script(&text).contains("<script"), "{name}");
    }
}

#[test]
fn a_damaged_run_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let fails = || render(folder.path()).unwrap_err().to_string();
    assert!(fails().contains("run.toml"));
    let shape = Shape::full();
    write_run(folder.path(), &manifest(&shape), &records(&shape)[..0], None);
    assert!(fails().contains("no finished training"), "{}", fails());
    let unscored = RunManifest { primary_metric: Metric::TrainSeconds, ..manifest(&shape) };
    write_run(folder.path(), &unscored, &records(&shape), None);
    assert!(fails().contains("`train_seconds`"), "{}", fails());
    let text = toml::to_string(&unscored).unwrap().replace("train_seconds", "f1");
    fs::write(folder.path().join("run.toml"), text).unwrap();
    assert!(fails().contains("run.toml") && fails().contains("`f1`"), "{}", fails());
    write_run(folder.path(), &manifest(&shape), &records(&shape), None);
    fs::write(folder.path().join("records.parquet"), "PAR1").unwrap();
    assert!(fails().contains("records.parquet"), "{}", fails());
    fs::write(folder.path().join("run.toml"), "schema = [").unwrap();
    let error = fails();
    assert!(error.contains("run.toml") && !error.contains('\n'), "{error}");
}

#[test]
fn two_different_scores_of_one_subnet_are_refused() {
    let (_, folder) = rendered(&Shape::full());
    let mut doubled = records(&Shape::full());
    let score = doubled.iter().find(|r| r.metric == Metric::Bleu && r.method == "hat").unwrap();
    let again = Record { job_id: "another".into(), value: score.value + 1.0, ..score.clone() };
    doubled.push(again);
    write_records(&folder.path().join("records.parquet"), &doubled).unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("another") && error.contains("differ"), "{error}");
}

#[test]
fn a_manifest_of_another_layout_is_refused() {
    let (_, folder) = rendered(&Shape::full());
    let path = folder.path().join("run.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("schema = 3", "schema = 4")).unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("run.toml") && error.contains("version 4"), "{error}");
}
