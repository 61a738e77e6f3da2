//! The Bible corpora are tested from the download to micro-batches. The first run downloads one file of 73 MB.

#[path = "common/corpora.rs"]
mod corpora;

use mos_datasets::batch::{BatchOptions, Stream, build, plan_epoch, sequential};
use mos_datasets::{Corpus, PrepareOptions, Split, prepare, registry};
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

fn open(id: &str) -> Corpus {
    let entry = registry::find(id).unwrap();
    let options = PrepareOptions { vocab_size: 1500, longest_pair: 120 };
    let folder = prepare::prepare_in(&corpora::lasting_cache(), entry, &options, &|line| eprintln!("{line}")).unwrap();
    Corpus::open(&folder, true).unwrap()
}

static GERMAN: LazyLock<Arc<Corpus>> = LazyLock::new(|| Arc::new(open("bible-en-de")));
static FRENCH: LazyLock<Corpus> = LazyLock::new(|| open("bible-en-fr"));

fn removed(corpus: &Corpus, word: &str) -> usize {
    corpus.manifest().removed.iter().filter(|r| r.rule.contains(word)).map(|r| r.total()).sum()
}

#[test]
fn the_prepared_data_is_the_same_on_every_machine() {
    // Any change of cleaning, filters, splits or tokenizer shows here. `manifest::FORMAT` must be raised with it.
    assert_eq!(GERMAN.hash(), "3c2de97a0f4ba2f18c64dd9c0594ffec739e9c35e632a8219eddd2dabfeb7994");
    assert_eq!(FRENCH.hash(), "f1b618818e73a473d8c12294b2a543aebfb2051071b142d245796f75c9e4bc6a");
}

#[test]
fn every_verse_is_in_a_split_or_counted() {
    for corpus in [&GERMAN, &*FRENCH] {
        let m = corpus.manifest();
        let removed: usize = m.removed.iter().map(|r| r.total()).sum();
        assert_eq!(m.train.pairs + m.valid.pairs + m.test.pairs + removed, 31_102, "{}", m.id);
        // A Bible has 1,189 chapters. Without psalm 13, 3% of them are in each held-out split.
        assert_eq!((m.valid.chapters, m.test.chapters, m.train.chapters), (36, 36, 1116), "{}", m.id);
        assert!(m.valid.pairs >= 700 && m.test.pairs >= 700, "{}", m.id);
        assert_eq!(m.vocab_size, 1500);
    }
    assert_eq!(removed(&GERMAN, "left out"), 6);
    // Before cleaning there are 56 such pairs; without headings, titles and psalm 13, few are left.
    assert!((1..56).contains(&removed(&GERMAN, "ratio")));
    assert!(removed(&GERMAN, "near-duplicate") > 100);
}

#[test]
fn marks_of_the_editions_are_gone() {
    for (corpus, marks) in [(&**GERMAN, &["[", "]", "*"][..]), (&*FRENCH, &["[", "]", "(1", "(2", "(3"])] {
        for split in Split::ALL {
            for source in corpus.sources(split).unwrap() {
                assert!(!source.contains(['[', ']', '`']) && !source.contains(" Psalm 1"), "{source}");
            }
            for target in corpus.references(split).unwrap() {
                assert!(!marks.iter().any(|mark| target.contains(mark)), "{target}");
            }
        }
    }
}

#[test]
fn held_out_sentences_are_not_in_the_training_split() {
    for corpus in [&**GERMAN, &*FRENCH] {
        for side in [Corpus::sources, Corpus::references] {
            let train: HashSet<String> = side(corpus, Split::Train).unwrap().into_iter().collect();
            for split in [Split::Valid, Split::Test] {
                let copies = side(corpus, split).unwrap().iter().filter(|s| train.contains(*s)).count();
                assert_eq!(copies, 0, "{split}");
            }
        }
    }
}

#[test]
fn tokens_decode_to_the_plain_text_and_fit_the_vocabulary() {
    for corpus in [&**GERMAN, &*FRENCH] {
        for split in [Split::Valid, Split::Test] {
            let shard = corpus.split(split);
            let (sources, references) = (corpus.sources(split).unwrap(), corpus.references(split).unwrap());
            assert_eq!((sources.len(), references.len()), (shard.len(), shard.len()));
            for i in 0..shard.len() {
                for (ids, text) in [(shard.source(i), &sources[i]), (shard.target(i), &references[i])] {
                    assert!((1..=120).contains(&ids.len()));
                    assert!(ids.iter().all(|id| (4..1500).contains(id)), "no special id in {text}");
                    let ids: Vec<u32> = ids.iter().map(|id| u32::from(*id)).collect();
                    assert_eq!(corpus.decode(&ids), *text);
                }
            }
        }
    }
}

#[test]
fn under_a_twentieth_of_a_micro_batch_is_padding() {
    let shard = GERMAN.split(Split::Train);
    for (max_tokens, row_multiple) in [(512, 1), (512, 8), (4096, 8)] {
        let options = BatchOptions { max_tokens, longest_pair: 120, row_multiple, seed: 3 };
        let plan = plan_epoch(shard, &options, 0);
        let mut seen: Vec<u32> = plan.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert!(seen.iter().copied().eq(0..shard.len() as u32));
        let batches = plan.iter().map(|b| build(shard, b));
        let (tokens, places) = batches.fold((0, 0), |(t, p), b| (t + b.tokens(), p + b.places()));
        let pads = 1.0 - tokens as f64 / places as f64;
        println!("{max_tokens} tokens, rows in multiples of {row_multiple}: {:.2}% padding", 100.0 * pads);
        assert!(pads < 0.05, "{pads}");
    }
    let test = GERMAN.split(Split::Test);
    let options = BatchOptions { max_tokens: 512, longest_pair: 120, row_multiple: 1, seed: 3 };
    let mut seen: Vec<u32> = sequential(test, &options).into_iter().flatten().collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..test.len() as u32));
}

#[test]
fn a_stream_is_the_plans_in_order_whatever_its_start_and_threads() {
    let options = BatchOptions { max_tokens: 2048, longest_pair: 80, row_multiple: 8, seed: 9 };
    let shard = GERMAN.split(Split::Train);
    let expected: Vec<Vec<u32>> = (0..3).flat_map(|epoch| plan_epoch(shard, &options, epoch)).collect();
    let epoch = plan_epoch(shard, &options, 0).len() as u64;
    for (start, threads) in [(0, 0), (0, 1), (0, 3), (epoch - 2, 2), (epoch, 2), (2 * epoch - 1, 1), (epoch + 7, 0)] {
        let stream = Stream::new(Arc::clone(&GERMAN), Split::Train, options, start, threads).unwrap();
        assert_eq!(stream.epoch_batches(1), epoch);
        let some: Vec<_> = stream.take(60).collect();
        for (i, batch) in some.iter().enumerate() {
            assert_eq!(*batch, build(shard, &expected[start as usize + i]), "start {start}, {threads} threads, {i}");
        }
    }
}
