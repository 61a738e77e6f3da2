//! A corpus is split here. A Bible is split by whole chapters, because verses of one chapter tell each other's content.
//! Which chapters go where is drawn by hash (see [`super::drawing`]).

use super::drawing::Shares;
use super::pair::{Part, RawPair};
use crate::error::{Error, Result};
use crate::pairs::manifest::Removed;
use mos_base::Split;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// This says how a corpus is split, tagged `by` in the registry's TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Splitting {
    /// Whole chapters are drawn by hash.
    Chapter(ByChapter),
    /// The source brings its own splits.
    Given,
}

/// A split by chapters has shares and a salt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByChapter {
    /// A text that goes into the hash, so that another salt draws other chapters.
    pub salt: String,
    /// Share of the chapters that is held out for validation.
    pub valid_share: f64,
    /// Share of the chapters that is held out for testing.
    pub test_share: f64,
    /// Fewest pairs of valid and of test, after all filters; fewer is an error.
    pub min_pairs: usize,
}

/// Gives the split of each pair.
///
/// Chapters are ranked by the SHA-256 of `salt:book:chapter`. The first `test_share` of them (rounded) are test, the
/// next `valid_share` are valid, and the rest are train.
pub fn assign(splitting: &Splitting, pairs: &[RawPair]) -> Vec<Split> {
    let held_out = match splitting {
        Splitting::Given => HashMap::new(),
        Splitting::Chapter(by) => draw(by, pairs),
    };
    let split = |pair: &RawPair| match pair.part {
        Part::Given(split) => split,
        chapter => held_out.get(&chapter).copied().unwrap_or(Split::Train),
    };
    pairs.iter().map(split).collect()
}

/// Draws the held-out chapters.
fn draw(by: &ByChapter, pairs: &[RawPair]) -> HashMap<Part, Split> {
    let shares = Shares { salt: by.salt.clone(), valid_share: by.valid_share, test_share: by.test_share };
    let chapters: BTreeSet<Part> = pairs.iter().map(|p| p.part).collect();
    let drawn = shares.rank(chapters.iter().map(|part| name(*part)));
    chapters.into_iter().filter_map(|part| Some((part, *drawn.get(&name(part))?))).collect()
}

/// Gives the name by which a chapter is ranked.
fn name(part: Part) -> String {
    match part {
        Part::Chapter(book, chapter) => chapter_name(book, chapter),
        Part::Given(split) => split.to_string(),
    }
}

/// Gives the name by which a chapter is drawn, in every corpus that holds it.
pub fn chapter_name(book: u32, chapter: u32) -> String {
    format!("{book}:{chapter}")
}

/// Refuses a corpus whose held-out splits, after all filters, are too small to measure on, and names the filters that
/// took pairs from the split.
pub fn check_sizes(id: &str, splitting: &Splitting, pairs: [usize; 3], removed: &[Removed]) -> Result<()> {
    let fewest = match splitting {
        Splitting::Chapter(by) => by.min_pairs,
        Splitting::Given => 1,
    };
    for (split, pairs, fewest) in
        [(Split::Train, pairs[0], 1), (Split::Valid, pairs[1], fewest), (Split::Test, pairs[2], fewest)]
    {
        if pairs < fewest {
            let took = removed.iter().map(|rule| (rule.of(split), &rule.rule)).filter(|(count, _)| *count > 0);
            let took: Vec<String> = took.map(|(count, rule)| format!("{count} by the rule \"{rule}\"")).collect();
            let took = if took.is_empty() { String::new() } else { format!("; removed: {}", took.join(", ")) };
            let detail = format!("{split} has {pairs} pairs after all filters, at least {fewest} are needed{took}");
            return Err(Error::Corpus { id: id.to_string(), detail });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by() -> Splitting {
        Splitting::Chapter(ByChapter { salt: "s".into(), valid_share: 0.1, test_share: 0.05, min_pairs: 5 })
    }

    fn pairs() -> Vec<RawPair> {
        let pair = |i: u32| RawPair {
            part: Part::Chapter(i / 300, i % 300 / 3),
            source: String::new(),
            target: String::new(),
        };
        (0..900).map(pair).collect()
    }

    #[test]
    fn shares_are_met_and_chapters_stay_whole() {
        let pairs = pairs();
        let splits = assign(&by(), &pairs);
        let count = |s| splits.iter().filter(|x| **x == s).count();
        assert_eq!((count(Split::Test), count(Split::Valid)), (45, 90));
        let mut of_part = HashMap::new();
        for (pair, split) in pairs.iter().zip(&splits) {
            assert_eq!(of_part.entry(pair.part).or_insert(*split), split);
        }
    }

    #[test]
    fn the_draw_ignores_order_and_follows_the_salt() {
        let pairs = pairs();
        let splits = assign(&by(), &pairs);
        let reversed: Vec<RawPair> = pairs.iter().rev().cloned().collect();
        let mut back = assign(&by(), &reversed);
        back.reverse();
        assert_eq!(splits, back);
        let Splitting::Chapter(mut other) = by() else { panic!() };
        other.salt = "t".into();
        assert_ne!(splits, assign(&Splitting::Chapter(other), &pairs));
    }

    #[test]
    fn small_splits_are_refused() {
        assert!(check_sizes("x", &by(), [10, 5, 5], &[]).is_ok());
        let removed =
            [Removed::from_splits("a side too long", [0, 0, 7]), Removed::from_splits("empty side", [9, 0, 0])];
        let message = check_sizes("x", &by(), [10, 5, 4], &removed).unwrap_err().to_string();
        assert!(
            message.contains("test has 4 pairs") && message.ends_with("removed: 7 by the rule \"a side too long\""),
            "{message}"
        );
        assert!(check_sizes("x", &Splitting::Given, [0, 1, 1], &[]).is_err());
    }
}
