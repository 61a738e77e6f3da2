//! A run of every shape renders, and its page says what its records hold.

use std::fs;

use mos_base::Split;
use mos_plan::{Metric, Record};
use mos_reports::{render, write_records};

use crate::made::{Shape, csv_rows, files, manifest, records, rendered, score_rows, write_run};

#[test]
fn a_full_run_has_every_section() {
    let (page, folder) = rendered(&Shape::full());
    for table in ["headline", "paired", "controls", "credit", "subnets", "valid-loss", "test-bleu", "test-chrf", "data"]
    {
        assert!(page.contains(&format!("id=\"table-{table}\"")), "table {table}");
        for kind in ["csv", "md", "tex"] {
            assert!(folder.path().join(format!("report/tables/{table}.{kind}")).is_file(), "{table}.{kind}");
        }
    }
    for table in ["cost", "job-cost", "tuning", "environment", "jobs", "methods", "headline-more"] {
        assert!(page.contains(&format!("id=\"table-{table}\"")), "table {table}");
    }
    assert!(page.contains("<code>cargo xtask reproduce --profile smoke --run test-run</code>"));
    assert!(page.contains("<code>cargo xtask report test-run</code>"));
    assert!(page.contains("<code>cargo xtask tune --profile smoke</code>"));
    assert!(page.contains("(facts of the data)"), "the job behind the data table is named");
    assert!(page.contains("2306.04845") && page.contains("2005.14187") && page.contains("Nobody: Test input (2026)"));
    for plot in ["scatter", "gap-per-subnet", "learning-curves", "cost", "learning-rates"] {
        assert!(page.contains(&format!("id=\"plot-{plot}\"")), "plot {plot}");
        let svg = fs::read_to_string(folder.path().join(format!("report/plots/{plot}.svg"))).unwrap();
        assert!(svg.contains("Made by cargo xtask") && svg.trim_end().ends_with("</svg>"), "{plot}.svg");
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let (_, first) = rendered(&Shape::full());
    let (_, second) = rendered(&Shape::full());
    let strip = |folder: &tempfile::TempDir| {
        let root = folder.path().join("report");
        let prefix = root.display().to_string();
        files(&root).into_iter().map(|(name, bytes)| (name.replace(&prefix, ""), bytes)).collect::<Vec<_>>()
    };
    assert_eq!(strip(&first), strip(&second));
    let before = strip(&first);
    render(first.path()).unwrap();
    assert_eq!(before, strip(&first), "a second rendering in place differs");
}

#[test]
fn the_order_of_records_does_not_matter() {
    let (page, folder) = rendered(&Shape::full());
    let mut reversed = records(&Shape::full());
    reversed.reverse();
    write_records(&folder.path().join("records.parquet"), &reversed).unwrap();
    render(folder.path()).unwrap();
    assert_eq!(page, fs::read_to_string(folder.path().join("report/index.html")).unwrap());
}

#[test]
fn the_headline_shows_the_gaps_of_the_records() {
    let shape = Shape { seeds: vec![1], ..Shape::full() };
    let (page, folder) = rendered(&shape);
    let score = |method: &str, i: usize| {
        let rows = score_rows("x", &shape, method, 1, "any", i);
        rows.iter().find(|r| r.metric == Metric::Loss && r.split == Some(Split::Valid)).unwrap().value
    };
    let rows = csv_rows(folder.path(), "headline");
    assert_eq!(rows.len(), shape.methods.len());
    for row in &rows {
        let gaps: Vec<f64> = (0..6).map(|i| score(&row[0], i) - score("scratch", i)).collect();
        let mean = |f: fn(f64) -> f64| gaps.iter().map(|g| f(*g)).sum::<f64>() / 6.0;
        let shown = |column: usize| row[column].parse::<f64>().unwrap();
        assert!((shown(1) - mean(f64::abs)).abs() < 1e-12, "{row:?}");
        assert!((shown(4) - mean(|g| g)).abs() < 1e-12, "{row:?}");
        assert_eq!(shown(13), if row[0] == "hat" { 1.0 } else { 3.0 });
        assert!(shown(2) <= shown(1) && shown(1) <= shown(3), "{row:?}");
    }
    assert!(page.contains("the mean signed gap of mos-layer"), "a gap below zero needs its remark");
    assert!(page.contains("one seed was trained"));
}

#[test]
fn gains_stand_beside_those_of_the_controls() {
    let (_, folder) = rendered(&Shape::full());
    let credit = csv_rows(folder.path(), "credit");
    // Own scores decide here, so a gain is what the signed differences say with their sign turned.
    let mos = credit.iter().find(|row| row[0] == "mos-layer").unwrap();
    let paired = csv_rows(folder.path(), "paired");
    let signed = |method: &str| {
        let row = paired.iter().find(|row| row[0] == method && row[1] == "sandwich").unwrap();
        -row[5].parse::<f64>().unwrap()
    };
    for (cell, method) in [(2, "mos-layer"), (3, "mos-layer-const"), (4, "sandwich-merged-init")] {
        assert_eq!(mos[cell].parse::<f64>().unwrap(), signed(method), "{mos:?}");
    }
    assert!(paired.iter().all(|row| row[0] != row[1]));
}

#[test]
fn the_learns_check_and_the_sweep_are_in_words() {
    let (page, _folder) = rendered(&Shape::full());
    assert!(page.contains("nats below the unigram entropy of 6.160"));
    assert!(page.contains("The best rate stood at an end of the rates that were tried for hat."));
    assert!(page.contains(">loaded<"));
}

#[test]
fn a_run_that_learned_nothing_says_so_at_the_top() {
    let shape = Shape::full();
    let (page, folder) = rendered(&shape);
    let warning = "too little for a comparison of methods to mean much";
    assert!(!page.contains(warning));
    let mut poor = records(&shape);
    poor.iter_mut().filter(|r| r.metric == Metric::UnigramEntropy).for_each(|r| r.value = 4.0);
    write_records(&folder.path().join("records.parquet"), &poor).unwrap();
    let page = fs::read_to_string(render(folder.path()).unwrap().index).unwrap();
    assert!(page.contains(warning) && page.contains("It did not learn enough"));

    // One bad training from scratch is named; the others still stand.
    let mut one_bad = records(&shape);
    let bad = |r: &&mut Record| r.method == "scratch" && r.subject.text() == "random-1" && r.metric == Metric::Loss;
    one_bad.iter_mut().filter(bad).for_each(|r| r.value = 5.0);
    write_records(&folder.path().join("records.parquet"), &one_bad).unwrap();
    let page = fs::read_to_string(render(folder.path()).unwrap().index).unwrap();
    assert!(page.contains("random-1 from scratch ended less than 2 nats below") && !page.contains(warning));
}

#[test]
fn partial_runs_render_and_say_what_is_missing() {
    let one = Shape {
        methods: vec!["mos-layer"],
        seeds: vec![3],
        subnets: 2,
        decoded: false,
        facts: false,
        tuned: false,
        title: "Test input",
    };
    let (page, folder) = rendered(&one);
    for words in [
        "Paired differences: not available",
        "Controls: not available",
        "BLEU and chrF: not available",
        "copy-the-source scores: not available",
        "no sweep on record: not available",
        "Does training from scratch learn? Not available",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!folder.path().join("report/tables/test-bleu.csv").exists());

    rendered(&Shape { subnets: 1, ..one.clone() });
    let (page, _folder) = rendered(&Shape { methods: vec![], ..one });
    assert!(page.contains("No supernet has finished yet"));
}

#[test]
fn a_run_cut_off_between_jobs_renders() {
    let shape = Shape::full();
    let folder = tempfile::tempdir().unwrap();
    let all = records(&shape);
    for kept in [30, 200, 400, all.len() - 20] {
        write_run(folder.path(), &manifest(&shape), &all[..kept], None);
        let page = fs::read_to_string(render(folder.path()).unwrap().index).unwrap();
        assert!(!page.contains("NaN"), "{kept} records");
    }
    // With supernets alone there is nothing to measure a gap from.
    let supernets: Vec<Record> = all.iter().filter(|r| r.method != "scratch").cloned().collect();
    write_run(folder.path(), &manifest(&shape), &supernets, None);
    let page = fs::read_to_string(render(folder.path()).unwrap().index).unwrap();
    assert!(page.contains("no gap can be given") && page.contains("Not available: no subnet has both"));
}
