//! From text to a prepared folder: filters, splits, tokenizer, token shards.
//!
//! The order of the steps: the source cleans its text and leaves out what its entry names; pairs with an empty side or
//! with a character ratio outside 0.5 to 2 go; the splits are drawn; near-duplicates of the held-out splits leave the
//! training split; the joint BPE is trained on what the training split then holds; pairs with a side longer than
//! [`PrepareOptions::longest_pair`] tokens go. A source with its own splits keeps its held-out pairs whatever their
//! ratio, so that its scores stay comparable. Every removal is counted in the manifest.
//!
//! A source that is read as a stream (the WMT sets) never is in memory as a whole. Its text is read twice: once for the
//! pairs that BPE is trained on, drawn at random by a seed, and once to be written. What differs is said in [`stream`].
//!
//! The folder's name holds a hash of everything that decides its content. It is made under another name and renamed
//! when it is complete, so that a killed preparation leaves nothing that could be mistaken for data.

pub mod stream;
mod text;
mod write;

use crate::manifest::{FORMAT, Manifest, Removed};
use crate::registry::Entry;
use crate::source::Source;
use crate::split::{self, Split};
use crate::tokenizer::Tokenizer;
use crate::{Error, Result, SPECIALS, cache, shard, storage};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use text::Text;
use write::{Facts, Limits, SplitWriter};
pub(crate) use write::{text_name, tokenised_name};

/// What a corpus is prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareOptions {
    /// Rows of the joint BPE vocabulary, the 4 specials included; at most 65,535.
    pub vocab_size: usize,
    /// Longest side of a pair, in tokens without eos; longer pairs are left out.
    pub longest_pair: usize,
}

impl Default for PrepareOptions {
    fn default() -> PrepareOptions {
        PrepareOptions { vocab_size: 1500, longest_pair: 120 }
    }
}

impl PrepareOptions {
    fn check(&self) -> Result<()> {
        if !(SPECIALS + 1..=shard::MAX_VOCAB).contains(&self.vocab_size) {
            let detail = format!("{} is outside {} to {}", self.vocab_size, SPECIALS + 1, shard::MAX_VOCAB);
            return Err(Error::Option { option: "vocabulary size", detail });
        }
        if !(1..=1024).contains(&self.longest_pair) {
            return Err(Error::Option {
                option: "longest pair",
                detail: format!("{} is outside 1 to 1024", self.longest_pair),
            });
        }
        Ok(())
    }
}

/// Prepares a corpus in the default cache and gives its folder; quick when it is there already.
///
/// `source` is a registry id or the path of a local folder (see [`crate::source::folder`]). Every file of an existing
/// folder is checked; a damaged one is named through `progress` and the folder is made again.
pub fn prepare(source: &str, options: &PrepareOptions, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    prepare_in(&cache::root()?, &Entry::resolve(source)?, options, progress)
}

/// As [`prepare`], with a given cache root and entry.
pub fn prepare_in(cache: &Path, entry: &Entry, options: &PrepareOptions, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    options.check()?;
    let name = folder_name(cache, entry, options, progress)?;
    let folder = cache::prepared(cache).join(&name);
    let _lock =
        cache::Lock::take(cache, &name, || progress("waiting for another process that prepares the same corpus"))?;
    let partial = cache::prepared(cache).join(format!(".partial-{name}"));
    storage::remove_folder(&partial)?;
    if folder.exists() {
        match Manifest::read(&folder).and_then(|m| m.check_files(&folder, true)) {
            Ok(()) => return Ok(folder),
            Err(e) => progress(&format!("{e}; preparing it again")),
        }
    }
    cache::make_folder(&partial)?;
    let made = make(cache, entry, options, &partial, progress);
    if let Err(e) = made {
        // Also after a failure; a leftover would be removed by the next call anyway.
        storage::remove_folder(&partial)?;
        return Err(e);
    }
    storage::remove_folder(&folder)?;
    storage::rename_synced(&partial, &folder)?;
    Ok(folder)
}

/// `<id>-v<vocabulary>-l<longest>-<hash of all that decides the content>`.
fn folder_name(cache: &Path, entry: &Entry, options: &PrepareOptions, progress: &dyn Fn(&str)) -> Result<String> {
    let identity = entry.source.identity(cache, progress)?;
    let decides = serde_json::json!({
        "format": FORMAT, "source": identity, "splits": entry.splits, "options": options,
        "card": [entry.title, entry.text_licence, entry.package_licence, entry.citation, entry.notes],
    });
    let key = storage::sha256(decides.to_string().as_bytes());
    Ok(format!("{}-v{}-l{}-{}", entry.id, options.vocab_size, options.longest_pair, &key[..16]))
}

/// Makes all files of the corpus in the folder `out`.
fn make(cache: &Path, entry: &Entry, options: &PrepareOptions, out: &Path, progress: &dyn Fn(&str)) -> Result<()> {
    let corpus_error = |detail: String| Error::Corpus { id: entry.id.clone(), detail };
    let scratch = out.join("scratch");
    cache::make_folder(&scratch)?;
    let opened = entry.source.open(cache, &scratch, progress)?;
    storage::remove_folder(&scratch)?;
    progress("filtering and splitting");
    let mut text = Text::new(&entry.splits, opened)?;
    split::check_sizes(&entry.id, &entry.splits, text.sizes())?;
    let words = entry.source.pretokeniser()?;
    let sample = text.sample(&words, progress)?;
    progress("training the joint BPE");
    let sentences: Vec<&str> = sample.iter().map(|sentence| sentence.as_ref()).collect();
    let tokenizer = Tokenizer::train(&sentences, options.vocab_size).map_err(corpus_error)?;
    drop(sample);
    progress("writing token shards");
    storage::write_synced(&out.join("tokenizer.json"), tokenizer.to_json().as_bytes())?;
    let mut written = vec![];
    for split in Split::ALL {
        let limits = limits(&entry.source, options, split);
        let mut writer = SplitWriter::create(out, split, &tokenizer, &words, limits)?;
        text.read(split, progress, &mut |pairs| writer.push(pairs))?;
        written.push(writer.finish()?);
    }
    let by_split = |count: fn(&write::Written) -> usize| [0, 1, 2].map(|i| count(&written[i]));
    let notes = text.notes();
    let mut removed = text.removed();
    let longest = limits(&entry.source, options, Split::Train).longest;
    removed.push(removed_row(format!("a side longer than {longest} tokens"), 0, by_split(|w| w.too_long)));
    if let Some(ratio) = limits(&entry.source, options, Split::Train).ratio {
        let rule = format!("one side over {ratio} times as many tokens as the other");
        removed.push(removed_row(rule, 0, by_split(|w| w.uneven)));
    }
    let cards = [0, 1, 2].map(|i| written[i].card);
    split::check_sizes(&entry.id, &entry.splits, cards.map(|card| card.pairs))?;
    let facts = Facts { notes, pinned: entry.source.pinned(cache, progress)?, cards, removed };
    write::manifest(out, entry, options, tokenizer.vocab_size(), facts)
}

/// What a pair must keep to be written.
fn limits(source: &Source, options: &PrepareOptions, split: Split) -> Limits {
    match source {
        Source::HuggingFace(hub) if split == Split::Train => {
            Limits { longest: options.longest_pair.min(hub.max_tokens), ratio: hub.max_token_ratio }
        }
        _ => Limits { longest: options.longest_pair, ratio: None },
    }
}

fn removed_row(rule: String, unsplit: usize, by_split: [usize; 3]) -> Removed {
    Removed { rule, unsplit, train: by_split[0], valid: by_split[1], test: by_split[2] }
}
