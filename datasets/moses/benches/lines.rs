//! This counts lines a second, on verses.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mos_moses::Moses;

fn lines(criterion: &mut Criterion) {
    let text = include_str!("../fixtures/bible-en.txt");
    let moses = Moses::new("en").expect("a known language");
    let tokens: Vec<String> = text.lines().map(|line| moses.tokenise(line)).collect();
    let mut group = criterion.benchmark_group("moses");
    group.throughput(Throughput::Elements(tokens.len() as u64));
    group.bench_function("tokenise", |b| b.iter(|| text.lines().map(|line| moses.tokenise(line).len()).sum::<usize>()));
    group.bench_function("detokenise", |b| {
        b.iter(|| tokens.iter().map(|line| moses.detokenise(line).len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, lines);
criterion_main!(benches);
