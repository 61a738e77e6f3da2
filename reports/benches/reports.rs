//! This times BLEU and chrF of 3,000 sentences, and rendering a run.

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
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

criterion_group!(benches, scores, rendering);
criterion_main!(benches);
