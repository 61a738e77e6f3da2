//! From text to a prepared folder: filters, splits, tokenizer, token shards.
//!
//! The order of the steps: the source cleans its text and leaves out what its entry names; pairs with an empty side or
//! with a character ratio outside 0.5 to 2 go; the splits are drawn; near-duplicates of the held-out splits leave the
//! training split; the joint BPE is trained on what the training split then holds; pairs with a side longer than
//! [`PrepareOptions::longest_pair`] tokens go. A source with its own splits keeps its held-out pairs whatever their
//! ratio, so that its scores stay comparable. Every removal is counted in the manifest.
//!
//! The folder's name holds a hash of everything that decides its content. It is made under another name and renamed
//! when it is complete, so that a killed preparation leaves nothing that could be mistaken for data.

use crate::manifest::{FILE, FORMAT, FileCard, Manifest, Removed, SplitCard};
use crate::registry::Entry;
use crate::source::{Part, Raw, RawPair};
use crate::split::{self, Split, Splitting};
use crate::tokenizer::Tokenizer;
use crate::{Error, Result, SPECIALS, cache, neardup, shard, storage};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

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

/// Shortest and longest target for a source of one character.
const RATIO: std::ops::RangeInclusive<f64> = 0.5..=2.0;

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
    let name = folder_name(entry, options)?;
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
fn folder_name(entry: &Entry, options: &PrepareOptions) -> Result<String> {
    let decides = serde_json::json!({
        "format": FORMAT, "source": entry.source.identity()?, "splits": entry.splits, "options": options,
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
    let raw = entry.source.read(cache, &scratch, progress)?;
    storage::remove_folder(&scratch)?;
    progress("filtering and splitting");
    let (mut splits, mut removed) = filter(&entry.splits, raw);
    split::check_sizes(&entry.id, &entry.splits, splits.each_ref().map(Vec::len))?;
    progress("training the joint BPE");
    let sentences: Vec<&str> = splits[0].iter().flat_map(|p| [p.source.as_str(), p.target.as_str()]).collect();
    let tokenizer = Tokenizer::train(&sentences, options.vocab_size).map_err(corpus_error)?;
    progress("writing token shards");
    storage::write_synced(&out.join("tokenizer.json"), tokenizer.to_json().as_bytes())?;
    let mut cards = [SplitCard::default(); 3];
    let mut too_long = [0; 3];
    for (i, split) in Split::ALL.into_iter().enumerate() {
        let before = splits[i].len();
        let ids = encode(&tokenizer, &mut splits[i], options.longest_pair);
        too_long[i] = before - ids.len();
        cards[i] = card(&splits[i], &ids);
        write_split(out, split, &splits[i], &ids)?;
    }
    removed.push(removed_row(format!("a side longer than {} tokens", options.longest_pair), 0, too_long));
    split::check_sizes(&entry.id, &entry.splits, cards.map(|c| c.pairs))?;
    write_manifest(out, entry, options, tokenizer.vocab_size(), cards, removed)
}

fn removed_row(rule: String, unsplit: usize, by_split: [usize; 3]) -> Removed {
    Removed { rule, unsplit, train: by_split[0], valid: by_split[1], test: by_split[2] }
}

/// The pairs of each split after all filters on text, and what the filters removed.
fn filter(splitting: &Splitting, raw: Raw) -> ([Vec<RawPair>; 3], Vec<Removed>) {
    let assigned = split::assign(splitting, &raw.pairs);
    let mut removed: Vec<Removed> =
        raw.left_out.into_iter().map(|(rule, count)| removed_row(rule, count, [0; 3])).collect();
    let mut splits = [vec![], vec![], vec![]];
    let (mut empty, mut ratio) = ([0; 3], [0; 3]);
    for (pair, split) in raw.pairs.into_iter().zip(assigned) {
        let i = split as usize;
        let filtered = split == Split::Train || *splitting != Splitting::Given;
        if pair.source.is_empty() || pair.target.is_empty() {
            empty[i] += 1;
        } else if filtered && !RATIO.contains(&char_ratio(&pair)) {
            ratio[i] += 1;
        } else {
            splits[i].push(pair);
        }
    }
    let copies = remove_near_duplicates(&mut splits);
    removed.push(removed_row("empty side".into(), 0, empty));
    removed.push(removed_row("character ratio outside 0.5 to 2".into(), 0, ratio));
    removed.push(removed_row("near-duplicate of a valid or test pair".into(), 0, [copies, 0, 0]));
    (splits, removed)
}

/// Characters of the target for each of the source.
fn char_ratio(pair: &RawPair) -> f64 {
    pair.target.chars().count() as f64 / pair.source.chars().count() as f64
}

fn remove_near_duplicates(splits: &mut [Vec<RawPair>; 3]) -> usize {
    let [train, valid, test] = splits;
    let copied = |side: fn(&RawPair) -> &str| {
        let held_out: Vec<&str> = valid.iter().chain(test.iter()).map(side).collect();
        neardup::near_duplicates(&train.iter().map(side).collect::<Vec<_>>(), &held_out)
    };
    let (sources, targets) = (copied(|p| &p.source), copied(|p| &p.target));
    let before = train.len();
    let mut copies = sources.into_iter().zip(targets).map(|(s, t)| s || t);
    train.retain(|_| !copies.next().expect("one answer for each pair"));
    before - train.len()
}

/// Ids of both sides of each pair; pairs with a side of 0 or more than `longest` tokens are removed.
fn encode(tokenizer: &Tokenizer, pairs: &mut Vec<RawPair>, longest: usize) -> Vec<(Vec<u16>, Vec<u16>)> {
    let side = |side: fn(&RawPair) -> &str| {
        let ids = tokenizer.encode(&pairs.iter().map(side).collect::<Vec<_>>());
        // The vocabulary was checked to fit.
        ids.into_iter().map(|ids| ids.into_iter().map(|id| id as u16).collect::<Vec<u16>>()).collect::<Vec<_>>()
    };
    let ids: Vec<_> = side(|p| &p.source).into_iter().zip(side(|p| &p.target)).collect();
    let fits = |side: &[u16]| (1..=longest).contains(&side.len());
    let mut keep = ids.iter().map(|(s, t)| fits(s) && fits(t)).collect::<Vec<_>>().into_iter();
    pairs.retain(|_| keep.next().expect("one answer for each pair"));
    ids.into_iter().filter(|(s, t)| fits(s) && fits(t)).collect()
}

fn card(pairs: &[RawPair], ids: &[(Vec<u16>, Vec<u16>)]) -> SplitCard {
    let chapters: HashSet<Part> = pairs.iter().map(|p| p.part).filter(|p| matches!(p, Part::Chapter(..))).collect();
    SplitCard {
        pairs: ids.len(),
        chapters: chapters.len(),
        source_tokens: ids.iter().map(|(s, _)| s.len()).sum(),
        target_tokens: ids.iter().map(|(_, t)| t.len()).sum(),
    }
}

/// Name of the plain text of one side of a held-out split.
pub(crate) fn text_name(split: Split, side: &str) -> String {
    format!("{split}.{side}.txt")
}

fn write_split(out: &Path, split: Split, pairs: &[RawPair], ids: &[(Vec<u16>, Vec<u16>)]) -> Result<()> {
    shard::write(&out.join(shard::file_name(split)), ids)?;
    if split == Split::Train {
        return Ok(());
    }
    let text = |side: fn(&RawPair) -> &str| pairs.iter().flat_map(|p| [side(p), "\n"]).collect::<String>();
    storage::write_synced(&out.join(text_name(split, "src")), text(|p| &p.source).as_bytes())?;
    storage::write_synced(&out.join(text_name(split, "ref")), text(|p| &p.target).as_bytes())
}

fn write_manifest(
    out: &Path,
    entry: &Entry,
    options: &PrepareOptions,
    vocab_size: usize,
    cards: [SplitCard; 3],
    removed: Vec<Removed>,
) -> Result<()> {
    let mut notes = entry.notes.clone();
    notes.push(format!("Pairs: {} train, {} valid, {} test.", cards[0].pairs, cards[1].pairs, cards[2].pairs));
    let took = removed.iter().filter(|r| r.total() > 0);
    notes.extend(took.map(|r| format!("Pairs removed, {}: {}.", r.rule, r.total())));
    let manifest = Manifest {
        format: FORMAT,
        manifest_sha256: String::new(),
        hash: String::new(),
        id: entry.id.clone(),
        title: entry.title.clone(),
        source_language: entry.source_language.clone(),
        target_language: entry.target_language.clone(),
        text_licence: entry.text_licence.clone(),
        package_licence: entry.package_licence.clone(),
        citation: entry.citation.clone(),
        notes,
        origin: entry.source.describe(),
        options: *options,
        vocab_size,
        train: cards[0],
        valid: cards[1],
        test: cards[2],
        removed,
        files: file_cards(out)?,
    };
    storage::write_synced(&out.join(FILE), manifest.seal().to_json().as_bytes())
}

fn file_cards(out: &Path) -> Result<Vec<FileCard>> {
    let texts = [Split::Valid, Split::Test].map(|s| [text_name(s, "src"), text_name(s, "ref")]);
    let shards = Split::ALL.map(|s| shard::file_name(s).to_string_lossy().into_owned());
    let names = std::iter::once("tokenizer.json".to_string()).chain(shards).chain(texts.into_iter().flatten());
    names
        .map(|name| {
            let path = out.join(&name);
            let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
            Ok(FileCard { sha256: storage::sha256_file(&path)?, name, bytes })
        })
        .collect()
}
