//! This sets the rate of a preparation in slices beside that of the `tokenizers` crate alone.
//!
//! The text is that of the default corpus, four times over, in a Parquet file. Both encode it in turns with the same
//! tokenizer and the same pre-tokenisation (none but BPE's own). The measured part of the preparation is the second
//! reading: Parquet, filters, BPE, shards and text files, their hashes and the manifest. On a busy machine, the share
//! by processor time is the one to trust.

use mos_datasets::hub::{download::cached_path, pins::HubPin};
use mos_datasets::registry::{self, Entry};
use mos_datasets::sources::Source;
use mos_datasets::text::pretokenise::Pretokenisation;
use mos_datasets::{Corpus, PrepareOptions, Split, prepare, storage};
use polars_core::prelude::*;
use polars_io::prelude::*;
use std::cell::Cell;
use std::path::Path;
use std::time::Instant;

const OPTIONS: PrepareOptions = PrepareOptions { vocab_size: 8000, longest_pair: 250 };
const ROUNDS: usize = 4;

/// Makes a Parquet file with these pairs, in the layout of the WMT sets.
fn parquet(sources: &[String], targets: &[String]) -> Vec<u8> {
    let sides = [Series::new("de".into(), targets), Series::new("en".into(), sources)];
    let column = StructChunked::from_series("translation".into(), sources.len(), sides.iter()).expect("equal lengths");
    let mut frame = DataFrame::new(sources.len(), vec![column.into_series().into()]).expect("one column");
    let mut bytes = vec![];
    let writer = ParquetWriter::new(&mut bytes).with_row_group_size(Some(1000));
    writer.finish(&mut frame).expect("written to memory");
    bytes
}

/// Makes the entry `wmt14-en-de` with other text, which is put where the hub's cache keeps it.
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

/// A clock holds the moment of a start, by wall time and by processor time in seconds.
struct Clock(Instant, f64);

impl Clock {
    fn start() -> Clock {
        Clock(Instant::now(), processor_seconds())
    }

    fn stop(&self) -> [f64; 2] {
        [self.0.elapsed().as_secs_f64(), processor_seconds() - self.1]
    }
}

/// Gives the processor time of all threads of this process; the kernel counts it in hundredths of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("a number") / 100.0).sum()
}

fn main() {
    let folder =
        prepare::prepare(registry::DEFAULT, &PrepareOptions::default(), &|_| {}).expect("the corpus can be had");
    let corpus = Corpus::open(&folder, false).expect("just prepared");
    let text = Split::ALL.map(|split| {
        let times = if split == Split::Train { 4 } else { 1 };
        let repeat = |side: Vec<String>| std::iter::repeat_n(side, times).flatten().collect::<Vec<_>>();
        (repeat(corpus.sources(split).expect("text")), repeat(corpus.references(split).expect("text")))
    });
    let cache = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: no other thread reads the environment yet.
    unsafe { std::env::set_var("HF_HUB_CACHE", cache.path()) };
    let entry = entry(&text);
    let both: Vec<&str> = text[0].0.iter().zip(&text[0].1).flat_map(|(s, t)| [s.as_str(), t.as_str()]).collect();
    let pairs = both.len() as f64 / 2.0;
    println!("{pairs} pairs; pairs a second by wall time, and by processor time on one core");
    for _ in 0..ROUNDS {
        std::fs::remove_dir_all(cache.path().join("prepared")).ok();
        let clock = Cell::new(Clock::start());
        let said = |line: &str| {
            if line == "writing token shards" {
                clock.set(Clock::start());
            }
        };
        let folder = prepare::prepare_in(cache.path(), &entry, &OPTIONS, &said).expect("prepared");
        let ours = clock.into_inner().stop();
        let tokenizer = tokenizers::Tokenizer::from_file(folder.join("tokenizer.json")).expect("just written");
        let clock = Clock::start();
        for chunk in both.chunks(32_768) {
            tokenizer.encode_batch_fast(chunk.to_vec(), false).expect("any text");
        }
        let theirs = clock.stop();
        let [wall, processor] = [0, 1].map(|i| (pairs / ours[i], pairs / theirs[i], 100.0 * theirs[i] / ours[i]));
        println!(
            "prepare {:.0}, encode_batch {:.0}: {:.0}%; processor: {:.0}, {:.0}: {:.0}%",
            wall.0, wall.1, wall.2, processor.0, processor.1, processor.2
        );
    }
}
