//! The text of a corpus passes all filters on text here, whether it is in memory or read in slices.

use super::sliced::SlicedText;
use crate::error::Result;
use crate::pairs::manifest::Removed;
use crate::sources::Opened;
use crate::sources::pair::{Raw, RawPair};
use crate::sources::splitting::{Splitting, assign};
use crate::text::near_duplicates::near_duplicates;
use crate::text::pretokenise::Pretokeniser;
use crate::text::script::Script;
use mos_base::Split;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A target has at least and at most so many characters for each character of its source.
const RATIO: RangeInclusive<f64> = 0.5..=2.0;
/// So many pairs tell in which scripts a corpus is written.
const LOOKED_AT: usize = 2000;
/// At most so many pairs are given out at a time.
const CHUNK: usize = 16_384;

/// This is filtered text, by split.
pub(super) enum Text {
    /// All text, and what the filters removed from it.
    Whole([Vec<RawPair>; 3], Vec<Removed>),
    /// Text that is filtered anew at each reading.
    Sliced(Box<SlicedText>),
}

impl Text {
    /// Filters text that is in memory. Of text that is read in slices, only the held-out splits are read here.
    pub fn new(splitting: &Splitting, opened: Opened) -> Result<Text> {
        Ok(match opened {
            Opened::Whole(raw) => {
                let (splits, removed) = filter(splitting, raw);
                Text::Whole(splits, removed)
            }
            Opened::InSlices(slices) => Text::Sliced(Box::new(SlicedText::new(slices)?)),
        })
    }

    /// Counts the pairs of each split; for a training split that is read in slices, before its filters.
    pub fn sizes(&self) -> [usize; 3] {
        match self {
            Text::Whole(splits, _) => splits.each_ref().map(Vec::len),
            Text::Sliced(text) => text.sizes(),
        }
    }

    /// Gives the remarks for the manifest.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Text::Whole(..) => vec![],
            Text::Sliced(text) => text.notes(),
        }
    }

    /// Gives training sentences for BPE, of both sides, pre-tokenised by `words`.
    pub fn sample<'a>(&'a self, words: &Pretokeniser, progress: &dyn Fn(&str)) -> Result<Vec<Cow<'a, str>>> {
        Ok(match self {
            Text::Whole(splits, _) => {
                splits[0].iter().flat_map(|p| [words.source(&p.source), words.target(&p.target)]).collect()
            }
            Text::Sliced(text) => text.sample(words, progress)?.into_iter().map(Cow::Owned).collect(),
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
            Text::Sliced(text) => text.read(split, progress, each),
        }
    }

    /// Tells what the filters have removed before any split was read.
    pub fn removed_so_far(&self) -> &[Removed] {
        match self {
            Text::Whole(_, removed) => removed,
            Text::Sliced(_) => &[],
        }
    }

    /// Tells what the filters removed, once every split was read.
    pub fn removed(self) -> Vec<Removed> {
        match self {
            Text::Whole(_, removed) => removed,
            Text::Sliced(text) => text.removed(),
        }
    }
}

/// Gives the pairs of each split after all filters on text, and what the filters removed.
fn filter(splitting: &Splitting, raw: Raw) -> ([Vec<RawPair>; 3], Vec<Removed>) {
    let assigned = assign(splitting, &raw.pairs);
    let mut removed: Vec<Removed> =
        raw.left_out.into_iter().map(|(rule, count)| Removed::before_splitting(rule, count)).collect();
    let mut splits = [vec![], vec![], vec![]];
    let (allowed, ratio_rule) = allowed_ratio(&raw.pairs);
    let (mut empty, mut ratio) = ([0; 3], [0; 3]);
    for (pair, split) in raw.pairs.into_iter().zip(assigned) {
        let i = split as usize;
        let filtered = split == Split::Train || *splitting != Splitting::Given;
        if pair.source.is_empty() || pair.target.is_empty() {
            empty[i] += 1;
        } else if filtered && !allowed.contains(&char_ratio(&pair)) {
            ratio[i] += 1;
        } else {
            splits[i].push(pair);
        }
    }
    let copies = remove_near_duplicates(&mut splits);
    removed.push(Removed::from_splits("empty side", empty));
    removed.push(Removed::from_splits(ratio_rule, ratio));
    removed.push(Removed::from_splits("near-duplicate of a valid or test pair", [copies, 0, 0]));
    (splits, removed)
}

/// Gives the ratios of characters that are kept, and the rule in words. Where one script says in one character what the
/// other spells out, all ratios lie outside [`RATIO`], and it is applied to their distance from the median.
fn allowed_ratio(pairs: &[RawPair]) -> (RangeInclusive<f64>, String) {
    let rule = format!("character ratio outside {} to {}", RATIO.start(), RATIO.end());
    let script = |side: fn(&RawPair) -> &str| Script::of(pairs.iter().take(LOOKED_AT).map(side));
    if script(|pair| &pair.source).dense == script(|pair| &pair.target).dense {
        return (RATIO, rule);
    }
    let whole = pairs.iter().filter(|pair| !pair.source.is_empty() && !pair.target.is_empty());
    let mut ratios: Vec<f64> = whole.map(char_ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let Some(median) = ratios.get(ratios.len() / 2) else { return (RATIO, rule) };
    (RATIO.start() * median..=RATIO.end() * median, format!("{rule} times its median, {median:.2}"))
}

/// Counts the target's characters for each character of the source.
fn char_ratio(pair: &RawPair) -> f64 {
    pair.target.chars().count() as f64 / pair.source.chars().count() as f64
}

/// Removes training pairs that nearly equal a held-out one, and gives their number.
fn remove_near_duplicates(splits: &mut [Vec<RawPair>; 3]) -> usize {
    let [train, valid, test] = splits;
    let copied = |side: fn(&RawPair) -> &str| {
        let held_out: Vec<&str> = valid.iter().chain(test.iter()).map(side).collect();
        near_duplicates(train.iter().map(side).collect::<Vec<_>>(), &held_out)
    };
    let (sources, targets) = (copied(|p| &p.source), copied(|p| &p.target));
    let before = train.len();
    let mut copies = sources.into_iter().zip(targets).map(|(s, t)| s || t);
    train.retain(|_| !copies.next().expect("one answer for each pair"));
    before - train.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::pair::Part;

    fn raw(pairs: &[(&str, &str)]) -> Raw {
        let pair = |&(source, target): &(&str, &str)| RawPair {
            part: Part::Given(Split::Train),
            source: source.to_string(),
            target: target.to_string(),
        };
        Raw { pairs: pairs.iter().map(pair).collect(), left_out: vec![] }
    }

    #[test]
    fn ratios_are_those_of_the_scripts() {
        let short = ("The town sees two heavy boxes.", "Ja.");
        let (splits, removed) = filter(&Splitting::Given, raw(&[("A house.", "Ein Haus."), short]));
        assert_eq!((splits[0].len(), removed[1].train), (1, 1));
        assert_eq!(removed[1].rule, "character ratio outside 0.5 to 2");

        let chinese = ("My uncle brings two heavy boxes near the river.", "我叔叔在河边带来两个重箱子。");
        let short = ("My uncle brings two heavy boxes near the river.", "是。");
        let (splits, removed) = filter(&Splitting::Given, raw(&[chinese, chinese, chinese, short]));
        assert_eq!((splits[0].len(), removed[1].train), (3, 1));
        assert_eq!(removed[1].rule, "character ratio outside 0.5 to 2 times its median, 0.30");
    }
}
