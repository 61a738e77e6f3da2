//! The text of a corpus after all filters on text, whether it is in memory or read as a stream.

use super::removed_row;
use super::stream::Streamed;
use crate::manifest::Removed;
use crate::pretokenise::Pretokeniser;
use crate::source::{Opened, Raw, RawPair};
use crate::split::{self, Split, Splitting};
use crate::{Result, neardup};
use std::borrow::Cow;

/// Shortest and longest target for a source of one character.
const RATIO: std::ops::RangeInclusive<f64> = 0.5..=2.0;
/// Most pairs that are given out at a time.
const CHUNK: usize = 16_384;

/// Filtered text, by split.
pub(super) enum Text {
    /// All of it, and what the filters removed.
    Whole([Vec<RawPair>; 3], Vec<Removed>),
    /// Filtered anew at each reading.
    Streamed(Box<Streamed>),
}

impl Text {
    /// Filters what is in memory; of a stream, reads the held-out splits.
    pub fn new(splitting: &Splitting, opened: Opened) -> Result<Text> {
        Ok(match opened {
            Opened::Whole(raw) => {
                let (splits, removed) = filter(splitting, raw);
                Text::Whole(splits, removed)
            }
            Opened::Stream(stream) => Text::Streamed(Box::new(Streamed::new(stream)?)),
        })
    }

    /// Pairs of each split; of a stream's training split, before its filters.
    pub fn sizes(&self) -> [usize; 3] {
        match self {
            Text::Whole(splits, _) => splits.each_ref().map(Vec::len),
            Text::Streamed(stream) => stream.sizes(),
        }
    }

    /// Remarks for the manifest.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Text::Whole(..) => vec![],
            Text::Streamed(stream) => stream.notes(),
        }
    }

    /// Training sentences for BPE, both sides, split into words by `words`.
    pub fn sample<'a>(&'a self, words: &Pretokeniser, progress: &dyn Fn(&str)) -> Result<Vec<Cow<'a, str>>> {
        Ok(match self {
            Text::Whole(splits, _) => {
                splits[0].iter().flat_map(|p| [words.source(&p.source), words.target(&p.target)]).collect()
            }
            Text::Streamed(stream) => stream.sample(words, progress)?.into_iter().map(Cow::Owned).collect(),
        })
    }

    /// Gives all pairs of a split to `each`, in order, some at a time.
    pub fn read(
        &mut self,
        split: Split,
        progress: &dyn Fn(&str),
        each: &mut dyn FnMut(&[RawPair]) -> Result<()>,
    ) -> Result<()> {
        match self {
            Text::Whole(splits, _) => splits[split as usize].chunks(CHUNK).try_for_each(each),
            Text::Streamed(stream) => stream.read(split, progress, each),
        }
    }

    /// What the filters removed, once every split was read.
    pub fn removed(self) -> Vec<Removed> {
        match self {
            Text::Whole(_, removed) => removed,
            Text::Streamed(stream) => stream.removed(),
        }
    }
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
