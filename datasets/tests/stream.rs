//! The stream of micro-batches is checked for its properties, on a small corpus of one's own text.

#[path = "common/corpora.rs"]
mod corpora;

use mos_datasets::batch::{Batch, BatchOptions, Stream};
use mos_datasets::registry::Entry;
use mos_datasets::{Corpus, PrepareOptions, Split, prepare};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

static TOY: LazyLock<Arc<Corpus>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let folder = corpora::toy_folder(dir.path(), "toy");
    let entry = Entry::resolve(folder.to_str().unwrap()).unwrap();
    let options = PrepareOptions { vocab_size: 200, longest_pair: 120 };
    let prepared = prepare::prepare_in(dir.path(), &entry, &options, &|_| {}).unwrap();
    // The folder goes at the end of this block, but a mapping outlives its file's name.
    Arc::new(Corpus::open(&prepared, true).unwrap())
});

fn take(options: BatchOptions, start: u64, threads: usize, count: usize) -> Vec<Batch> {
    Stream::new(Arc::clone(&TOY), Split::Train, options, start, threads).unwrap().take(count).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn resuming_is_skipping_and_threads_do_not_matter(
        max_tokens in 121usize..600, row_multiple in prop_oneof![Just(1usize), Just(8)], seed: u64,
        start in 0usize..150, threads in 0usize..4,
    ) {
        let options = BatchOptions { max_tokens, longest_pair: 120, row_multiple, seed };
        let whole = take(options, 0, 0, start + 30);
        prop_assert_eq!(&take(options, start as u64, threads, 30)[..], &whole[start..]);
    }

    #[test]
    fn an_epoch_of_the_stream_is_every_pair_once(seed: u64, epoch in 0u64..5) {
        let options = BatchOptions { max_tokens: 300, longest_pair: 120, row_multiple: 8, seed };
        let stream = Stream::new(Arc::clone(&TOY), Split::Train, options, 0, 0).unwrap();
        let batches = stream.epoch_batches(epoch);
        let indices = take(options, epoch * batches, 2, batches as usize).into_iter().flat_map(|b| b.indices);
        let mut indices: Vec<u32> = indices.collect();
        indices.sort_unstable();
        prop_assert!(indices.into_iter().eq(0..TOY.split(Split::Train).len() as u32));
    }
}

#[test]
fn impossible_options_are_an_error_and_not_a_panic() {
    let options = BatchOptions { max_tokens: 3, longest_pair: 120, row_multiple: 8, seed: 0 };
    let message = Stream::new(Arc::clone(&TOY), Split::Train, options, 0, 1).unwrap_err().to_string();
    assert!(message.contains("tokens of a micro-batch: 3 are too few"), "{message}");
}
