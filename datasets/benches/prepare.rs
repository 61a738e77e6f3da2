//! Preparation as a stream against the batch rate of the `tokenizers` crate alone, on the default corpus's text, four
//! times over, in a Parquet file. Both encode with the same tokenizer and the same pre-tokenisation (none but BPE's own).
//!
//! The second reading is what is measured: Parquet, filters, BPE, shards and text files, their hashes and the manifest.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mos_datasets::hub::{download::cached_path, pins::HubPin};
use mos_datasets::pretokenise::Pretokenisation;
use mos_datasets::registry::{self, Entry};
use mos_datasets::source::Source;
use mos_datasets::{Corpus, PrepareOptions, Split, prepare, storage};
use polars::prelude::*;
use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

const OPTIONS: PrepareOptions = PrepareOptions { vocab_size: 8000, longest_pair: 250 };

fn parquet(sources: &[String], targets: &[String]) -> Vec<u8> {
    let sides = [Series::new("de".into(), targets), Series::new("en".into(), sources)];
    let column = StructChunked::from_series("translation".into(), sources.len(), sides.iter()).expect("equal lengths");
    let mut frame = DataFrame::new(sources.len(), vec![column.into_series().into()]).expect("one column");
    let mut bytes = vec![];
    let writer = ParquetWriter::new(&mut bytes).with_row_group_size(Some(1000));
    writer.finish(&mut frame).expect("written to memory");
    bytes
}

/// `wmt14-en-de` with the default corpus's text.
fn entry(text: &[(Vec<String>, Vec<String>); 3]) -> Entry {
    let mut entry = registry::find("wmt14-en-de").expect("an entry").clone();
    let Source::HuggingFace(source) = &mut entry.source else { panic!("on the hub") };
    source.pretokenisation = Pretokenisation::None;
    source.sample_pairs = 20_000;
    for (part, (sources, targets)) in source.parts.iter_mut().zip(text) {
        let bytes = parquet(sources, targets);
        let path = format!("{}0.parquet", part.prefix);
        part.pins = vec![HubPin { path, bytes: bytes.len() as u64, sha256: storage::sha256(&bytes) }];
        let pinned = part.known(Path::new("unused")).expect("pinned").expect("pinned");
        let place = cached_path(&pinned, &pinned.files[0]);
        std::fs::create_dir_all(place.parent().expect("in a folder")).expect("a folder for files");
        std::fs::write(place, bytes).expect("a file");
    }
    entry
}

fn rates(criterion: &mut Criterion) {
    let folder =
        prepare::prepare(registry::DEFAULT, &PrepareOptions::default(), &|_| {}).expect("the corpus can be had");
    let corpus = Corpus::open(&folder, false).expect("just prepared");
    let text = Split::ALL.map(|split| {
        let times = if split == Split::Train { 4 } else { 1 };
        let repeat = |side: Vec<String>| std::iter::repeat_n(side, times).flatten().collect::<Vec<_>>();
        (repeat(corpus.sources(split).expect("text")), repeat(corpus.references(split).expect("text")))
    });
    let cache = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: nothing else runs yet.
    unsafe { std::env::set_var("HF_HUB_CACHE", cache.path()) };
    let entry = entry(&text);
    let mut group = criterion.benchmark_group("pairs");
    group.throughput(Throughput::Elements(text[0].0.len() as u64)).sample_size(10);
    let prepared = Cell::new(None);
    group.bench_function("prepare", |b| {
        b.iter_custom(|times| {
            let mut total = Duration::ZERO;
            for _ in 0..times {
                std::fs::remove_dir_all(cache.path().join("prepared")).ok();
                let started = Cell::new(Instant::now());
                let said = |line: &str| {
                    if line == "writing token shards" {
                        started.set(Instant::now());
                    }
                };
                let folder = prepare::prepare_in(cache.path(), &entry, &OPTIONS, &said).expect("prepared");
                total += started.get().elapsed();
                prepared.set(Some(folder));
            }
            total
        });
    });
    let tokenizer = prepared.take().expect("it ran").join("tokenizer.json");
    let tokenizer = tokenizers::Tokenizer::from_file(tokenizer).expect("just written");
    let both: Vec<&str> = text[0].0.iter().zip(&text[0].1).flat_map(|(s, t)| [s.as_str(), t.as_str()]).collect();
    group.bench_function("encode_batch", |b| {
        b.iter(|| {
            let batches = both.chunks(32_768).map(|chunk| tokenizer.encode_batch_fast(chunk.to_vec(), false));
            batches.map(|batch| batch.expect("any text").len()).sum::<usize>()
        });
    });
}

criterion_group!(benches, rates);
criterion_main!(benches);
