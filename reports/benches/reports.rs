//! This times BLEU and chrF of 3,000 sentences, rendering a run, and judging a long history.

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use mos_reports::history::{self, HistoryRow, RowKind};
use mos_reports::scores::{corpus_bleu, corpus_chrf};

/// Makes sentences of words from a small vocabulary, 20 words each.
fn sentences(count: usize, step: usize) -> Vec<String> {
    const WORDS: [&str; 12] =
        ["und", "Gott", "sprach:", "Es", "werde", "Licht!", "der", "Himmel,", "die", "Erde", "war", "wüst."];
    let word = |i: usize, j: usize| WORDS[(i * 7 + j * step + (i * j) % 5) % WORDS.len()];
    (0..count).map(|i| (0..20).map(|j| word(i, j)).collect::<Vec<_>>().join(" ")).collect()
}

fn scores(criterion: &mut Criterion) {
    let (hypotheses, references) = (sentences(3000, 3), sentences(3000, 1));
    let mut group = criterion.benchmark_group("score/3000");
    group.sample_size(10);
    group.bench_function("bleu", |b| b.iter(|| corpus_bleu(&hypotheses, &references)));
    group.bench_function("chrf", |b| b.iter(|| corpus_chrf(&hypotheses, &references)));
}

/// Renders the recorded run, where the repository holds one.
fn rendering(criterion: &mut Criterion) {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded");
    let runs = std::fs::read_dir(&recorded).into_iter().flatten().flatten().map(|e| e.path());
    let Some(run) = runs.filter(|p| p.join("run.toml").exists()).min() else {
        eprintln!("rendering: skipped, reports/recorded/ holds no run");
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in std::fs::read_dir(&run).expect("listed").flatten().filter(|e| e.path().is_file()) {
        std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copied");
    }
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10);
    group.bench_function("recorded", |b| b.iter(|| mos_reports::render(folder.path()).expect("renders")));
}

/// Judges 1,000 series of 365 nights with six repetitions each, read from files. TEST INPUT.
fn regress(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for night in 0..365_usize {
        let row = |i: usize| HistoryRow {
            night: format!("{}-{:02}-{:02}", 2026, 1 + night / 31, 1 + night % 31),
            commit: format!("{night:040}"),
            base: "0".repeat(40),
            benchmark: format!("benchmark-{}", i / 6),
            metric: "loss".to_owned(),
            kind: RowKind::Quality,
            repetition: (i % 6) as i64,
            value: 5.0 + ((night * 6007 + i * 7919) % 1000) as f64 / 1e4,
            machine: "a processor".to_owned(),
            software: "a compiler, a libtorch".to_owned(),
        };
        let rows: Vec<HistoryRow> = (0..6000).map(row).collect();
        history::append(folder.path(), &rows).expect("appended");
    }
    let mut group = criterion.benchmark_group("regress");
    group.sample_size(10);
    group.bench_function("1000x365", |b| {
        b.iter(|| {
            let rows = history::read_history(folder.path()).expect("read");
            history::track(&rows, None).expect("judged")
        });
    });
}

criterion_group!(benches, scores, rendering, regress);
criterion_main!(benches);
