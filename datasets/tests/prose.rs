//! The corpus of English prose is tested from the download to masked batches. The first run downloads files of 84 MB.

#[path = "common/corpora.rs"]
mod corpora;

use mos_base::seed::Purpose;
use mos_datasets::Split;
use mos_datasets::documents::registry;
use mos_datasets::documents::{DocumentOptions, DocumentStream, Documents, MaskedBatch, mask, prepare_in};
use mos_datasets::registry as pairs;
use mos_datasets::sources::Opened;
use mos_datasets::sources::pair::Part;
use mos_datasets::sources::splitting::{assign, chapter_name};
use mos_datasets::tasks::{Label, TaskKind};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

fn prepared(cache: &Path) -> PathBuf {
    let entry = registry::find("prose-en").unwrap();
    prepare_in(cache, entry, &DocumentOptions::default(), &|line| eprintln!("{line}")).unwrap()
}

static PROSE: LazyLock<Arc<Documents>> =
    LazyLock::new(|| Arc::new(Documents::open(&prepared(&corpora::lasting_cache()), true).unwrap()));

fn sequences(split: Split) -> impl Iterator<Item = &'static [u16]> {
    let shard = PROSE.split(split);
    (0..shard.len()).map(|i| shard.sequence(i))
}

#[test]
fn the_prepared_data_is_the_same_on_every_machine() {
    // Any change of cleaning, splits, vocabulary, packing, masks or tasks shows here. `documents::manifest::FORMAT` must
    // be raised with it.
    assert_eq!(PROSE.hash(), "53aa35453241c025f47b90364388a8c267c7e9f406d18c759e5bc65dbe4e811f");
}

#[test]
fn every_document_is_in_a_split() {
    let m = PROSE.manifest();
    let sizes: Vec<(&str, usize)> = m.sources.iter().map(|s| (s.name.as_str(), s.train + s.valid + s.test)).collect();
    assert_eq!(sizes, [("leads", 10_033), ("addresses", 249), ("chapters", 1_189)]);
    let held_out: Vec<[usize; 2]> = m.sources.iter().map(|s| [s.valid, s.test]).collect();
    assert_eq!(held_out, [[602, 1003], [10, 15], [36, 36]]);
    for split in Split::ALL {
        let card = m.split(split);
        println!("{split}: {card:?}");
        assert_eq!(card.sequences, PROSE.split(split).len());
        assert_eq!(card.tokens, PROSE.split(split).ids().len());
        assert!((card.unknown_tokens as f64) < 0.01 * card.tokens as f64, "{split}");
    }
    assert_eq!(m.vocab_size, 2000);
    assert!(m.removed[0].train > 100, "{:?}", m.removed);
}

#[test]
fn held_out_chapters_are_those_of_the_pairs() {
    let entry = pairs::find("bible-en-de").unwrap();
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let opened = entry.source.open(&corpora::lasting_cache(), scratch.path(), &|_| {}).unwrap();
    let Opened::Whole(raw) = opened else { panic!() };
    let assigned = assign(&entry.splits, &raw.pairs);
    for split in [Split::Valid, Split::Test] {
        let of_pairs = raw.pairs.iter().zip(&assigned).filter(|(_, s)| **s == split).map(|(pair, _)| match pair.part {
            Part::Chapter(book, chapter) => format!("chapters:{}", chapter_name(book, chapter)),
            Part::Given(_) => panic!("a Bible brings no splits"),
        });
        let names = PROSE.names(split).unwrap().into_iter().filter(|name| name.starts_with("chapters:"));
        assert_eq!(names.collect::<BTreeSet<_>>(), of_pairs.collect::<BTreeSet<_>>(), "{split}");
    }
}

#[test]
fn held_out_text_is_not_in_the_training_split() {
    let train: HashSet<&[u16]> = sequences(Split::Train).collect();
    for split in [Split::Valid, Split::Test] {
        // What is left of a document for its last sequence can be as short as a full stop.
        let copies = sequences(split).filter(|sequence| sequence.len() > 10 && train.contains(sequence)).count();
        assert_eq!(copies, 0, "{split}");
    }
    // Names of held-out documents are in one split only.
    let names: Vec<String> = [Split::Valid, Split::Test].into_iter().flat_map(|s| PROSE.names(s).unwrap()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
}

#[test]
fn sequences_have_their_form_and_are_nearly_full() {
    let specials = PROSE.specials();
    for split in Split::ALL {
        let (mut tokens, mut count) = (0, 0);
        for ids in sequences(split) {
            assert!((3..=64).contains(&ids.len()));
            assert_eq!((ids[0], ids[ids.len() - 1]), (specials.cls, specials.sep));
            assert!(!ids[1..ids.len() - 1].iter().any(|id| specials.contains(*id) && *id != specials.unk));
            tokens += ids.len();
            count += 1;
        }
        let filled = tokens as f64 / (64 * count) as f64;
        println!("{split}: {filled:.3} of the places filled");
        assert!(filled > 0.9, "{filled}");
    }
}

#[test]
fn stored_masks_suffice_and_are_below_nothing_that_was_learnt() {
    for split in [Split::Valid, Split::Test] {
        let card = PROSE.manifest().split(split);
        let masked = card.masked_tokens.unwrap();
        assert!(masked >= 20_000, "{split}: {masked}");
        assert_eq!(masked, PROSE.masked(split).tokens());
        let unigram = card.unigram_cross_entropy.unwrap();
        assert!((5.5..7.0).contains(&unigram), "{unigram}");
        let batch = PROSE.held_out_batch(split, 0..50);
        assert_eq!(batch, PROSE.held_out_batch(split, 0..50));
        for (place, target) in batch.positions.iter().zip(&batch.targets) {
            let (row, column) = (*place as usize / batch.length, *place as usize % batch.length);
            assert_eq!(i64::from(PROSE.split(split).sequence(row)[column]), *target);
        }
    }
}

fn take(seed: u64, start: u64, threads: usize, count: usize) -> Vec<MaskedBatch> {
    let masks = move |batch| Purpose::Batches.generator(&[seed, 77, batch]);
    DocumentStream::new(Arc::clone(&PROSE), 16, seed, start, threads, masks).unwrap().take(count).collect()
}

#[test]
fn a_stream_is_a_function_of_seed_and_number() {
    let whole = take(3, 0, 0, 40);
    for (start, threads) in [(0, 1), (0, 3), (7, 2), (39, 1)] {
        assert_eq!(take(3, start, threads, 40 - start as usize)[..], whole[start as usize..], "{start} {threads}");
    }
    assert_ne!(take(4, 0, 0, 1), whole[..1]);
    assert!(whole.iter().all(|batch| batch.rows == 16));
    let message = DocumentStream::new(Arc::clone(&PROSE), 0, 0, 0, 0, |_| unreachable!()).unwrap_err().to_string();
    assert!(message.contains("sequences of a batch"), "{message}");
}

#[test]
fn an_epoch_holds_every_sequence_once() {
    let shard = PROSE.split(Split::Train);
    let specials = PROSE.specials();
    let of_epoch = |epoch: usize| -> Vec<u64> {
        let mut seen = vec![];
        let masks = |batch| Purpose::Batches.generator(&[1, batch]);
        let rows = shard.len();
        let stream = DocumentStream::new(Arc::clone(&PROSE), rows, 5, epoch as u64, 0, masks).unwrap();
        let batch = stream.take(1).next().unwrap();
        let (mut at, ends) = (0, batch.rows);
        for row in 0..ends {
            let mut ids = batch.input[row * batch.length..][..batch.lengths[row] as usize].to_vec();
            while at < batch.positions.len() && (batch.positions[at] as usize) < (row + 1) * batch.length {
                ids[batch.positions[at] as usize - row * batch.length] = batch.targets[at];
                at += 1;
            }
            seen.push(mos_base::seed::name(&format!("{ids:?}")));
        }
        seen
    };
    let (mut first, mut second) = (of_epoch(0), of_epoch(1));
    assert_ne!(first, second, "another order");
    first.sort_unstable();
    second.sort_unstable();
    assert_eq!(first, second);
    let mut expected: Vec<u64> = sequences(Split::Train)
        .map(|ids| mos_base::seed::name(&format!("{:?}", ids.iter().map(|id| i64::from(*id)).collect::<Vec<_>>())))
        .collect();
    expected.sort_unstable();
    assert_eq!(first, expected);
    let masked = mask(shard.sequence(0), &specials, 2000, &mut Purpose::Batches.generator(&[0]));
    assert!(!masked.positions.is_empty());
}

#[test]
fn tasks_have_the_published_sizes() {
    let task = |name: &str| PROSE.task(name).unwrap();
    for name in ["topic", "sentiment", "rating", "same-verse"] {
        println!("{:?}", task(name).card());
    }
    let all = |name: &str| {
        let task = task(name);
        let card = task.card().clone();
        Split::ALL.map(|s| card.split(s).examples).iter().sum::<usize>() + card.near_duplicates
    };
    assert_eq!((all("topic"), all("rating")), (9_033, 10_605));
    assert!(all("sentiment") <= 10_072);
    assert_eq!(all("same-verse"), 31_102);
    let card = task("topic").card().clone();
    let TaskKind::Classes { names } = &card.kind else { panic!() };
    assert_eq!(names.len(), 11);
    assert_eq!(card.reported, Split::Test);
    // Every verse of the pairs has one near it in the same split; reviews fall into splits by their hashes, and are as many of
    // either kind over all of them.
    for split in Split::ALL {
        let share = task("same-verse").card().split(split).majority_share.unwrap();
        assert!((0.5..0.505).contains(&share), "{split}: {share}");
    }
    let sentiment = Split::ALL.map(|split| task("sentiment").card().split(split).classes.clone());
    let [negative, positive] = [0, 1].map(|class| sentiment.iter().map(|classes| classes[class]).sum::<usize>() as f64);
    assert!((0.495..0.505).contains(&(negative / (negative + positive))), "{negative} and {positive}");
    let ratings = task("rating");
    assert!(matches!(ratings.split(Split::Test).example(0).label, Label::Rating(r) if (-4.0..=4.0).contains(&r)));
    let batch = task("same-verse").batch(Split::Valid, &[0, 1, 2]);
    assert!(batch.types.contains(&1) && batch.length <= 64);
    let message = PROSE.task("topics").unwrap_err().to_string();
    assert!(message.contains("did you mean 'topic'?"), "{message}");
}

#[test]
fn a_damaged_file_is_named() {
    let folder = prepared(&corpora::lasting_cache());
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let copy = dir.path().join("prose");
    corpora::copy_folder(&folder, &copy);
    Documents::open(&copy, true).unwrap();
    let names =
        ["vocab.txt", "train.shard", "valid.masks", "test.documents.txt", "tasks/topic/test.shard", "manifest.json"];
    for name in names {
        let good = std::fs::read(copy.join(name)).unwrap();
        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 1;
        for bad in [flipped, good[..good.len() - 1].to_vec(), vec![]] {
            std::fs::write(copy.join(name), bad).unwrap();
            let message = Documents::open(&copy, true).unwrap_err().to_string();
            assert!(message.contains(name) && message.lines().count() == 1, "{message}");
        }
        std::fs::write(copy.join(name), good).unwrap();
    }
}
