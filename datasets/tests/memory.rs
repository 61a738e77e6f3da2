//! The memory of a preparation in slices is measured. The test has a binary of its own, because the counter and the
//! environment are those of the process.

#[path = "common/corpora.rs"]
mod corpora;
#[path = "common/counting.rs"]
mod counting;
#[path = "common/parquet.rs"]
mod parquet;

use mos_datasets::hub::pins::HubPin;
use mos_datasets::registry::{self, Entry};
use mos_datasets::sources::Source;
use mos_datasets::text::pretokenise::Pretokenisation;
use mos_datasets::{PrepareOptions, hub, prepare, storage};
use parquet::{BIBLE, good};
use std::path::Path;

/// Makes the entry `wmt14-en-de` with other files, which are put where the hub's cache keeps them.
fn entry(times: usize) -> Entry {
    let mut entry = registry::find("wmt14-en-de").unwrap().clone();
    let Source::HuggingFace(source) = &mut entry.source else { panic!() };
    source.sample_pairs = 2000;
    source.pretokenisation = Pretokenisation::None;
    for (part, pairs) in source.parts.iter_mut().zip(&*BIBLE) {
        let count = if part.prefix.contains("train") { times } else { 1 };
        let bytes =
            good(&pairs.iter().take(10_000).cycle().take(pairs.len().min(10_000) * count).cloned().collect::<Vec<_>>());
        let path = format!("{}{times}.parquet", part.prefix);
        part.pins = vec![HubPin { path, bytes: bytes.len() as u64, sha256: storage::sha256(&bytes) }];
        part.expected_rows = None;
        let pinned = part.known(Path::new("unused")).unwrap().unwrap();
        let place = hub::download::cached_path(&pinned, &pinned.files[0]);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }
    entry
}

#[test]
fn memory_does_not_grow_with_the_corpus() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // SAFETY: this is the only test of its process, and no other thread reads the environment now.
    unsafe {
        std::env::set_var("HF_HUB_CACHE", dir.path());
        std::env::set_var("HF_HUB_OFFLINE", "1");
    }
    let options = PrepareOptions { vocab_size: 1500, longest_pair: 120 };
    let peak = |times: usize| {
        let entry = entry(times);
        let work = || prepare::prepare_in(dir.path(), &entry, &options, &|_| {}).unwrap();
        let (folder, peak) = counting::peak(work);
        let manifest = mos_datasets::manifest::Manifest::read(&folder).unwrap();
        assert_eq!(manifest.train.pairs / 1000, 10 * times - 1, "few of the pairs are too long");
        println!("{} pairs: {:.1} MB at most", manifest.train.pairs, peak as f64 / 1e6);
        peak
    };
    // What a first use sets up for good is not counted.
    peak(1);
    let small = peak(2);
    let large = peak(20);
    // The larger text has some 50 MB. Nothing may grow with it but the list of row groups.
    assert!(large < small + small / 10, "{small} bytes for 20,000 pairs, {large} for 200,000");
}
