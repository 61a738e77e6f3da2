//! This times planning an epoch and building its micro-batches, on the default corpus.

use criterion::{Criterion, criterion_group, criterion_main};
use mos_datasets::batch::{BatchOptions, build, plan_epoch};
use mos_datasets::{Corpus, PrepareOptions, Split, prepare};

fn batches(criterion: &mut Criterion) {
    let options = PrepareOptions { vocab_size: 1500, longest_pair: 120 };
    let folder = prepare::prepare("bible-en-de", &options, &|line| eprintln!("{line}")).expect("the corpus can be had");
    let corpus = Corpus::open(&folder, false).expect("just prepared");
    let shard = corpus.split(Split::Train);
    let options = BatchOptions { max_tokens: 512, longest_pair: 32, row_multiple: 1, seed: 1 };
    criterion.bench_function("plan_epoch/512", |b| b.iter(|| plan_epoch(shard, &options, 3)));
    let plan = plan_epoch(shard, &options, 3);
    criterion.bench_function("build/one_epoch_512", |b| {
        b.iter(|| plan.iter().map(|indices| build(shard, indices).rows).sum::<usize>());
    });
}

criterion_group!(benches, batches);
criterion_main!(benches);
