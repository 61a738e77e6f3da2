//! The small hand-made run that the tests render. TEST INPUT: no number here was ever measured.

use std::fs;
use std::path::Path;

use mos_base::Split;
use mos_plan::files::manifest::{DataCard, Environment, MANIFEST_SCHEMA, RunManifest, SubnetCard, Tuning};
use mos_plan::headline::Headline;
use mos_plan::{Metric, Record, Subject, Track, legacy};
use mos_reports::{render, write_records};

/// A shape says what a test run holds.
#[derive(Clone)]
pub struct Shape {
    pub methods: Vec<&'static str>,
    pub seeds: Vec<i64>,
    pub subnets: usize,
    pub decoded: bool,
    pub facts: bool,
    pub tuned: bool,
    pub title: &'static str,
}

impl Shape {
    pub fn full() -> Shape {
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

    pub fn names(&self) -> Vec<String> {
        let names = ["largest", "smallest"].map(str::to_owned).into_iter();
        names.chain((1..).map(|i| format!("random-{i}"))).take(self.subnets).collect()
    }
}

pub fn manifest(shape: &Shape) -> RunManifest {
    let card = |(i, name): (usize, String)| SubnetCard {
        id: legacy::subnet(&name),
        params: 120_000 - 9_000 * i as i64,
        flops: 4_000_000 - 250_000 * i as i64,
        summary: format!("d 64/64, layers 3/{}", 1 + i % 3),
        arch_json: "{}".into(),
        group: None,
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
            commit: None,
        },
        corpora: vec![DataCard {
            id: "test-data".into(),
            title: shape.title.into(),
            source_language: "en".into(),
            target_language: Some("de".into()),
            has_own_tokens: false,
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
        imported: None,
    }
}

/// Makes a subnet the subject of a row; where there is no name, it is the whole job.
pub fn subject(name: &str) -> Subject {
    if name.is_empty() { Subject::Whole } else { Subject::Subnet(legacy::subnet(name)) }
}

pub fn row(job: &str, method: &str, seed: i64, metric: Metric, value: f64) -> Record {
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
pub fn train_rows(job: &str, method: &str, seed: i64, subnet: &str, watched: &[&str], rate: f64) -> Vec<Record> {
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
pub fn score_rows(job: &str, shape: &Shape, method: &str, seed: i64, subnet: &str, index: usize) -> Vec<Record> {
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

pub fn records(shape: &Shape) -> Vec<Record> {
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
pub fn sweep(shape: &Shape) -> Vec<Record> {
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
pub fn write_run(folder: &Path, manifest: &RunManifest, records: &[Record], tune: Option<&[Record]>) {
    fs::write(folder.join("run.toml"), toml::to_string(manifest).unwrap()).unwrap();
    write_records(&folder.join("records.parquet"), records).unwrap();
    if let Some(tune) = tune {
        write_records(&folder.join("tune.parquet"), tune).unwrap();
    }
}

/// Takes the page's own script away, which is the only one that a page may hold.
pub fn without_script(page: &str) -> String {
    let own = format!("<script>\n{}</script>", include_str!("../../src/page/script.js"));
    page.replacen(&own, "", 1)
}

/// Renders a run of this shape, and gives the page and its folder.
pub fn rendered(shape: &Shape) -> (String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let tune = shape.tuned.then(|| sweep(shape));
    write_run(folder.path(), &manifest(shape), &records(shape), tune.as_deref());
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.index, folder.path().join("report/index.html"));
    let page = fs::read_to_string(&rendered.index).unwrap();
    // Whatever the run holds, the page stands alone and shows no number that is none.
    for forbidden in ["NaN", "nan [", ">inf", ">-inf", "[-inf", "<script", "src=\"http", "@import", "url("] {
        assert!(!without_script(&page).contains(forbidden), "{forbidden} in the page");
    }
    for anchor in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{anchor}\"")), "{anchor} leads nowhere");
    }
    (page, folder)
}

/// Gives every file below a folder with its bytes.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
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

/// Gives the cells of a table's CSV, without the heading.
pub fn csv_rows(folder: &Path, table: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join(format!("report/tables/{table}.csv"))).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}
