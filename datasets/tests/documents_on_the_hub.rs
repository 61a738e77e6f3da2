//! Documents and tasks on the hub are prepared in slices, from made-up files that lie where the hub's cache keeps them.
//! The test has a binary of its own, because the counter of memory and the environment are those of the process.

#[path = "common/counting.rs"]
mod counting;

use mos_datasets::documents::registry::{self, DocumentEntry};
use mos_datasets::documents::sources::Text;
use mos_datasets::documents::{DocumentOptions, Documents, Vocabulary, prepare_in};
use mos_datasets::hub::pins::{HubFiles, HubPin};
use mos_datasets::tasks::set::{self, TaskSet};
use mos_datasets::tasks::spec::Examples;
use mos_datasets::tasks::{Label, Labels};
use mos_datasets::{Split, hub, storage};
use polars_core::prelude::*;
use polars_io::prelude::*;
use std::collections::HashSet;
use std::path::Path;

const OPTIONS: DocumentOptions =
    DocumentOptions { vocabulary: Vocabulary::Trained { size: 300 }, sequence_length: 32, train_tokens_limit: None };

/// Makes a text of some sentences, which differs from that of any other seed.
fn text(seed: usize, sentences: usize) -> String {
    let mut next = seed as u64 + 1;
    let mut word = || {
        next = next.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        format!(
            "{}{}",
            ["wor", "ta", "sen", "ba"][(next >> 33) as usize % 4],
            ["ed", "ing", "", "s"][(next >> 40) as usize % 4]
        )
    };
    let mut sentence = || format!("The {} {} {} number {seed}.", word(), word(), word());
    (0..sentences).map(|_| sentence()).collect::<Vec<_>>().join(" ")
}

/// Makes the bytes of a file with these columns.
fn parquet(rows: usize, columns: Vec<Column>) -> Vec<u8> {
    let mut frame = DataFrame::new(rows, columns).unwrap();
    let mut bytes = vec![];
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Uncompressed);
    writer.with_row_group_size(Some(500)).finish(&mut frame).unwrap();
    bytes
}

fn texts(name: &str, texts: &[String]) -> Column {
    Series::new(name.into(), texts.iter().map(String::as_str).collect::<Vec<&str>>()).into()
}

/// Pins these files, and puts them where the hub's cache keeps them.
fn put(files: &mut HubFiles, contents: Vec<Vec<u8>>) {
    let pin = |(i, bytes): (usize, &Vec<u8>)| HubPin {
        path: format!("{}{i}.parquet", files.prefix),
        bytes: bytes.len() as u64,
        sha256: storage::sha256(bytes),
    };
    files.pins = contents.iter().enumerate().map(pin).collect();
    files.revision = "0123456789".repeat(4);
    let pinned = files.known(Path::new("unused")).unwrap().unwrap();
    for (pin, bytes) in pinned.files.iter().zip(contents) {
        let place = hub::download::cached_path(&pinned, pin);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, bytes).unwrap();
    }
}

/// Makes the entry `wikipedia-bookcorpus` with made-up files: articles in two files, and twice as many sentences.
fn corpus(articles: usize) -> DocumentEntry {
    let mut entry = registry::find("wikipedia-bookcorpus").unwrap().clone();
    for source in &mut entry.sources {
        let Text::Column(column) = &mut source.text else { panic!() };
        column.vocabulary_share = 1000.0 / articles as f64;
        let rows: Vec<String> = if source.name == "wikipedia" {
            (0..articles).map(|i| text(i, 3).replace(". The", ".\n\nThe")).collect()
        } else {
            column.rows_a_document = 4;
            (0..2 * articles).map(|i| text(1_000_000 + i, 1)).collect()
        };
        let (first, second) = rows.split_at(rows.len() / 3);
        put(&mut column.files, [first, second].map(|rows| parquet(rows.len(), vec![texts("text", rows)])).to_vec());
    }
    entry
}

fn prepare(cache: &Path, entry: &DocumentEntry, options: &DocumentOptions) -> Documents {
    Documents::open(&prepare_in(cache, entry, options, &|_| {}).unwrap(), true).unwrap()
}

fn documents_are_drawn_by_their_numbers(cache: &Path) {
    let entry = corpus(2000);
    let prepared = prepare(cache, &entry, &OPTIONS);
    let m = prepared.manifest();
    let sizes: Vec<usize> = m.sources.iter().map(|s| s.train + s.valid + s.test).collect();
    assert_eq!(sizes, [2000, 1000]);
    for split in [Split::Valid, Split::Test] {
        let (names, share) = (prepared.names(split).unwrap(), if split == Split::Valid { 0.0465 } else { 0.07 });
        assert!((names.len() as f64 / 3000.0 - share).abs() < 0.015, "{split}: {}", names.len());
        for name in names {
            let (source, number) = name.split_once(':').unwrap();
            let entry = entry.sources.iter().find(|s| s.name == source).unwrap();
            assert_eq!(entry.splits.of(number), split, "{name}");
        }
    }
    // What is left of a document for its last sequence can be as short as a full stop.
    let of = |split: Split| -> HashSet<&[u16]> {
        let shard = prepared.split(split);
        (0..shard.len()).map(|i| shard.sequence(i)).filter(|sequence| sequence.len() > 10).collect()
    };
    assert!(of(Split::Test).is_disjoint(&of(Split::Train)) && of(Split::Valid).is_disjoint(&of(Split::Train)));
    assert_eq!(m.pinned.len(), 2);
    let other = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    assert_eq!(prepare(other.path(), &entry, &OPTIONS).hash(), prepared.hash());
    let limited = prepare(cache, &entry, &DocumentOptions { train_tokens_limit: Some(1000), ..OPTIONS });
    let tokens = limited.manifest().train.tokens;
    assert!((1000..1032).contains(&tokens), "{tokens}");
    assert_eq!(limited.manifest().valid.tokens, m.valid.tokens);
}

fn memory_does_not_grow_with_the_corpus(cache: &Path) {
    let peak = |articles: usize| {
        let entry = corpus(articles);
        counting::peak(|| prepare_in(cache, &entry, &OPTIONS, &|_| {}).unwrap()).1
    };
    let (small, large) = (peak(27_000), peak(54_000));
    println!("{:.1} and {:.1} MB at most", small as f64 / 1e6, large as f64 / 1e6);
    assert!(large < small + small / 5, "{small} bytes for 27,000 articles, {large} for 54,000");
}

fn glue_is_reported_on_its_validation_split(cache: &Path) {
    let mut glue = set::find("glue").unwrap().clone();
    glue.tasks.retain(|task| ["cola", "stsb", "mnli"].contains(&task.name.as_str()));
    for task in &mut glue.tasks {
        let Examples::Columns(columns) = &mut task.examples else { panic!() };
        for (files, rows) in [(&mut columns.train, 30), (&mut columns.valid, 12)] {
            let mut frame: Vec<Column> = columns
                .texts
                .iter()
                .enumerate()
                .map(|(at, name)| texts(name, &(0..rows).map(|i| text(at * 7 + i, 1)).collect::<Vec<_>>()))
                .collect();
            frame.push(match task.name.as_str() {
                "stsb" => Series::new("label".into(), (0..rows).map(|i| i as f32 / 4.0).collect::<Vec<_>>()).into(),
                _ => Series::new("label".into(), (0..rows).map(|i| i as i64 % 2).collect::<Vec<_>>()).into(),
            });
            put(files, vec![parquet(rows, frame)]);
        }
    }
    let documents = prepare(cache, &corpus(2000), &OPTIONS);
    let folder = set::prepare_in(cache, &glue, &documents, &|_| {}).unwrap();
    let set = TaskSet::open(&folder, true).unwrap();
    for card in &set.manifest().tasks {
        assert_eq!((card.reported, card.train.examples, card.valid.examples), (Split::Valid, 30, 12), "{}", card.name);
        let task = set.task(&card.name).unwrap();
        for i in 0..12 {
            assert_eq!(task.split(Split::Test).example(i), task.split(Split::Valid).example(i), "the test is hidden");
        }
    }
    let ratings = set.task("stsb").unwrap();
    assert_eq!(ratings.split(Split::Train).example(3).label, Label::Rating(0.75));
    let batch = set.task("mnli").unwrap().batch(Split::Train, &[0, 1]);
    assert!(batch.types.contains(&1));
    assert_eq!(batch.labels, Labels::Classes(vec![0, 1]));
    assert!(!set.task("cola").unwrap().batch(Split::Train, &[0]).types.contains(&1));
    assert!(set.task("wnli").unwrap_err().to_string().contains("glue has no task 'wnli'"));
}

fn a_hidden_label_or_a_missing_column_is_named(cache: &Path) {
    let documents = prepare(cache, &corpus(2000), &OPTIONS);
    for (label, column, said) in [(-1i64, "sentence", "label -1 is none of 2"), (1, "text", "no column 'sentence'")] {
        let mut glue = set::find("glue").unwrap().clone();
        glue.tasks.retain(|task| task.name == "cola");
        let Examples::Columns(columns) = &mut glue.tasks[0].examples else { panic!() };
        let column = || texts(column, &["One sentence.".to_string()]);
        for files in [&mut columns.train, &mut columns.valid] {
            put(files, vec![parquet(1, vec![column(), Series::new("label".into(), vec![label]).into()])]);
        }
        let message = set::prepare_in(cache, &glue, &documents, &|_| {}).unwrap_err().to_string();
        assert!(message.contains(said) && message.contains(".parquet"), "{message}");
    }
}

#[test]
fn documents_and_tasks_of_the_hub() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // SAFETY: this is the only test of its process, and no other thread reads the environment now.
    unsafe {
        std::env::set_var("HF_HUB_CACHE", dir.path().join("hub"));
        std::env::set_var("HF_HUB_OFFLINE", "1");
    }
    documents_are_drawn_by_their_numbers(dir.path());
    glue_is_reported_on_its_validation_split(dir.path());
    a_hidden_label_or_a_missing_column_is_named(dir.path());
    memory_does_not_grow_with_the_corpus(dir.path());
}
