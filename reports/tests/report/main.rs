//! The whole report is rendered from small hand-made records. TEST INPUT: no number here was ever measured.

use std::fs;
use std::path::Path;

use mos_base::Split;
use mos_plan::compare::Headline;
use mos_plan::files::manifest::{DataCard, Environment, MANIFEST_SCHEMA, RunManifest, SubnetCard, Tuning};
use mos_plan::{Metric, Record, Subject, Track, legacy};
use mos_reports::{render, write_records};

mod rows;
mod study;
mod verdicts;

/// A shape says what a test run holds.
#[derive(Clone)]
struct Shape {
    methods: Vec<&'static str>,
    seeds: Vec<i64>,
    subnets: usize,
    decoded: bool,
    facts: bool,
    tuned: bool,
    title: &'static str,
}

impl Shape {
    fn full() -> Shape {
        Shape {
            methods: vec!["hat", "sandwich", "mos-layer", "mos-neuron", "mos-layer-const", "sandwich-merged-init"],
            seeds: vec![1, 2],
            subnets: 6,
            decoded: true,
            facts: true,
            tuned: true,
            title: "Test input, not a corpus",
        }
    }

    fn names(&self) -> Vec<String> {
        let names = ["largest", "smallest"].map(str::to_owned).into_iter();
        names.chain((1..).map(|i| format!("random-{i}"))).take(self.subnets).collect()
    }
}

fn manifest(shape: &Shape) -> RunManifest {
    let card = |(i, name): (usize, String)| SubnetCard {
        id: legacy::subnet(&name),
        params: 120_000 - 9_000 * i as i64,
        flops: 4_000_000 - 250_000 * i as i64,
        summary: format!("d 64/64, layers 3/{}", 1 + i % 3),
        arch_json: "{}".into(),
    };
    RunManifest {
        schema: MANIFEST_SCHEMA,
        name: "test-run".into(),
        command: "cargo xtask reproduce --profile smoke --run test-run".into(),
        created_utc: "2026-01-02T03:04:05Z".into(),
        track: Track::Mt,
        profile: "smoke".into(),
        primary_metric: Metric::Loss,
        primary_split: Split::Valid,
        comparisons: vec![],
        headline: Headline::All,
        methods: shape.methods.iter().map(|m| (*m).to_owned()).collect(),
        seeds: shape.seeds.clone(),
        space: "test-space".into(),
        profile_toml: "[training]\nlearned_nats = 0.3\n".into(),
        environment: Environment {
            os: "linux x86_64".into(),
            cpu: "Test CPU".into(),
            cores: 2,
            cpu_capability: "AVX2".into(),
            device: "cpu".into(),
            gpus: None,
            workers: 2,
            threads_per_job: 1,
            libtorch: "2.0-test".into(),
            harness: "0.0.0".into(),
            code_hash: "c0de".into(),
        },
        corpora: vec![DataCard {
            id: "test-data".into(),
            title: shape.title.into(),
            source_language: "en".into(),
            target_language: Some("de".into()),
            text_licence: "none".into(),
            citation: "Nobody: Test input (2026)".into(),
            hash: "da7a".into(),
            notes: vec!["A note about the test input.".into()],
        }],
        tuning: shape.tuned.then(|| Tuning {
            records: "reports/recorded/test/tune.parquet".into(),
            sha256: "5ha".into(),
            command: "cargo xtask tune --profile smoke".into(),
        }),
        subnets: shape.names().into_iter().enumerate().map(card).collect(),
        found_subnets: vec![],
        found: vec![],
        guests: vec![],
        beside: vec![],
    }
}

/// Makes a subnet the subject of a row; where there is no name, it is the whole job.
fn subject(name: &str) -> Subject {
    if name.is_empty() { Subject::Whole } else { Subject::Subnet(legacy::subnet(name)) }
}

fn row(job: &str, method: &str, seed: i64, metric: Metric, value: f64) -> Record {
    Record {
        job_id: job.into(),
        track: Track::Mt,
        dataset: "test-data".into(),
        profile: "smoke".into(),
        method: method.into(),
        seed,
        subject: Subject::Whole,
        split: None,
        metric,
        step: 400,
        value,
        loaded: true,
    }
}

/// Makes the rows of one training job.
fn train_rows(job: &str, method: &str, seed: i64, subnet: &str, watched: &[&str], rate: f64) -> Vec<Record> {
    let whole =
        |metric: Metric, value: f64| Record { subject: subject(subnet), ..row(job, method, seed, metric, value) };
    let passes = if method == "scratch" || method == "hat" { 1.0 } else { 3.0 };
    let mut rows = vec![
        whole(Metric::SupernetParams, 250_000.0),
        whole(Metric::PeakLr, rate),
        whole(Metric::Updates, 400.0),
        whole(Metric::Epochs, 2.5),
        whole(Metric::TokensSeen, 200_000.0),
        whole(Metric::SubnetPasses, passes),
        whole(Metric::TrainFlops, 4.5e12 * passes),
        whole(Metric::TrainSeconds, 30.0 * passes),
        whole(Metric::TokensPerSecond, 2_222.0),
        whole(Metric::Utilisation, 0.41),
        whole(Metric::PeakMemory, 4.0e8),
    ];
    for step in [100, 200, 400] {
        let loss = 6.0 - 0.004 * step as f64 + 0.05 * seed as f64;
        rows.push(Record { step, split: Some(Split::Train), ..whole(Metric::TrainLoss, loss + 0.5) });
        let valid = |name: &&str| Record {
            step,
            split: Some(Split::Valid),
            subject: subject(name),
            ..row(job, method, seed, Metric::Loss, loss)
        };
        rows.extend(watched.iter().map(valid));
    }
    rows
}

/// Makes the scores of a test subnet: supernets are behind by an amount that depends on the method, subnet and seed.
fn score_rows(job: &str, shape: &Shape, method: &str, seed: i64, subnet: &str, index: usize) -> Vec<Record> {
    let behind = match method {
        "scratch" => 0.0,
        "hat" => 0.35,
        "mos-layer" => -0.02,
        "mos-neuron" => 0.03,
        "mos-layer-const" => -0.019,
        _ => 0.1,
    };
    let wobble = 0.004 * ((index * 7 + seed as usize * 3 + method.len()) % 5) as f64;
    let loss = 3.5 + 0.1 * index as f64 + behind + wobble;
    let at = |split: Split, metric: Metric, value: f64| Record {
        split: Some(split),
        subject: subject(subnet),
        ..row(job, method, seed, metric, value)
    };
    let mut rows = vec![at(Split::Valid, Metric::Loss, loss), at(Split::Test, Metric::Loss, loss + 0.03)];
    if shape.decoded {
        rows.extend([
            at(Split::Test, Metric::Bleu, 12.0 - 2.0 * loss),
            at(Split::Test, Metric::Chrf, 40.0 - 3.0 * loss),
        ]);
    }
    rows.push(row(job, method, seed, Metric::ScoreSeconds, 3.0));
    rows
}

fn records(shape: &Shape) -> Vec<Record> {
    let mut rows = Vec::new();
    for &seed in &shape.seeds {
        for (i, subnet) in shape.names().iter().enumerate() {
            rows.extend(train_rows(&format!("ts{seed}{i}"), "scratch", seed, subnet, &[subnet], 0.002));
            rows.extend(score_rows(&format!("ss{seed}{i}"), shape, "scratch", seed, subnet, i));
        }
        for method in &shape.methods {
            let job = format!("t-{method}-{seed}");
            rows.extend(train_rows(&job, method, seed, "", &["largest", "smallest"], 0.003));
            for (i, subnet) in shape.names().iter().enumerate() {
                rows.extend(score_rows(&format!("s-{method}-{seed}"), shape, method, seed, subnet, i));
            }
        }
    }
    if shape.facts {
        let fact = |split: Split, metric: Metric, value: f64| Record {
            split: Some(split),
            ..row("facts", "", 0, metric, value)
        };
        rows.push(row("facts", "", 0, Metric::MatmulGflops, 100.0));
        rows.extend([fact(Split::Train, Metric::Pairs, 8070.0), fact(Split::Train, Metric::TargetTokens, 210_000.0)]);
        rows.extend([fact(Split::Valid, Metric::Pairs, 300.0), fact(Split::Valid, Metric::UnigramEntropy, 6.16)]);
        rows.extend([fact(Split::Test, Metric::CopyBleu, 0.3), fact(Split::Test, Metric::CopyChrf, 12.0)]);
    }
    rows
}

/// Makes a sweep of three rates for each method and one subnet from scratch; `hat`'s best stands at the end.
fn sweep(shape: &Shape) -> Vec<Record> {
    let mut rows = Vec::new();
    for method in shape.methods.iter().chain(&["scratch"]) {
        for (i, rate) in [0.001, 0.002, 0.004].into_iter().enumerate() {
            let job = format!("w-{method}-{i}");
            let (subnet, watched) =
                if *method == "scratch" { ("largest", vec!["largest"]) } else { ("", vec!["largest", "smallest"]) };
            let best = if *method == "hat" { 2.0 } else { 1.0 };
            let mut job_rows = train_rows(&job, method, 1, subnet, &watched, rate);
            for record in job_rows.iter_mut().filter(|r| r.metric == Metric::Loss) {
                record.value += 0.1 * (i as f64 - best).abs();
            }
            rows.extend(job_rows);
        }
    }
    rows
}

/// Writes a run folder.
fn write_run(folder: &Path, manifest: &RunManifest, records: &[Record], tune: Option<&[Record]>) {
    fs::write(folder.join("run.toml"), toml::to_string(manifest).unwrap()).unwrap();
    write_records(&folder.join("records.parquet"), records).unwrap();
    if let Some(tune) = tune {
        write_records(&folder.join("tune.parquet"), tune).unwrap();
    }
}

/// Renders a run of this shape, and gives the page and its folder.
fn rendered(shape: &Shape) -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let tune = shape.tuned.then(|| sweep(shape));
    write_run(folder.path(), &manifest(shape), &records(shape), tune.as_deref());
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.index, folder.path().join("report/index.html"));
    let page = fs::read_to_string(&rendered.index).unwrap();
    // Whatever the run holds, the page stands alone and shows no number that is none.
    for forbidden in ["NaN", "nan [", ">inf", "-inf", "<script", "src=\"http", "@import", "url("] {
        assert!(!page.contains(forbidden), "{forbidden} in the page");
    }
    for anchor in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor} leads nowhere");
    }
    (page, folder)
}

/// Gives every file below a folder with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.push((entry.path().display().to_string(), fs::read(entry.path()).unwrap()));
        }
    }
    all.sort();
    all
}

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

/// Gives the cells of a table's CSV, without the heading.
fn csv_rows(folder: &Path, table: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join(format!("report/tables/{table}.csv"))).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
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
        assert!(!markup || !String::from_utf8(bytes).unwrap().contains("<script"), "{name}");
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
    fs::write(&path, text.replace("schema = 2", "schema = 3")).unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("run.toml") && error.contains("version 3"), "{error}");
}
