//! Two versions of one verse say the same in other words. A verse of the first version stands with the same verse of the
//! second (class 1), or with a near verse of like length (class 0).
//!
//! Within a split, verses take the classes in turn. The near verse is one of the five before and the five after whose
//! second text is most like the right one in length; of equal ones the nearest, and then the earlier.

use super::example::{Example, Label, Labelled};
use super::spec::Verses;
use crate::documents::sources::chapters::database;
use crate::error::Result;
use crate::sources::splitting::chapter_name;
use crate::sources::wheel::verses::Chapter;
use mos_base::Split;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A near verse is at most so many verses away.
const NEAR: usize = 5;

/// The verses of a chapter, each in both versions.
type Chapters = BTreeMap<(u32, u32), Vec<(String, String)>>;

impl Verses {
    /// Reads the examples.
    pub(super) fn read(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Labelled> {
        let database = database(&self.file, &self.member, cache, scratch, progress)?;
        let mut second: HashMap<_, String> = self.second.read(&database)?.into_iter().collect();
        let mut chapters = Chapters::new();
        for (verse, first) in self.first.read(&database)? {
            let Some(second) = second.remove(&verse) else { continue };
            if !first.is_empty() && !second.is_empty() {
                chapters.entry((verse.book, verse.chapter)).or_default().push((first, second));
            }
        }
        Ok(Labelled { examples: self.pair(&chapters), near_duplicates: 0 })
    }

    fn pair(&self, chapters: &Chapters) -> Vec<Example> {
        let drawn = chapters
            .keys()
            .filter(|(book, chapter)| !self.undrawn.contains(&Chapter { book: *book, chapter: *chapter }));
        let held_out = self.splits.rank(drawn.map(|(book, chapter)| chapter_name(*book, *chapter)));
        let mut examples = vec![];
        let mut taken = [0; 3];
        for ((book, chapter), verses) in chapters {
            let split = held_out.get(&chapter_name(*book, *chapter)).copied().unwrap_or(Split::Train);
            for (i, (first, second)) in verses.iter().enumerate() {
                let turn = &mut taken[split as usize];
                let (second, class) = match near(verses, i) {
                    Some(near) if *turn % 2 == 1 => (&verses[near].1, 0),
                    _ => (second, 1),
                };
                *turn += 1;
                let label = Label::Class(class);
                examples.push(Example { split, text: first.clone(), second: Some(second.clone()), label });
            }
        }
        examples
    }
}

/// Finds the near verse of like length; `None` in a chapter of one verse.
fn near(verses: &[(String, String)], i: usize) -> Option<usize> {
    let length = |at: usize| verses[at].1.chars().count();
    let around = i.saturating_sub(NEAR)..(i + NEAR + 1).min(verses.len());
    around.filter(|at| *at != i).min_by_key(|at| (length(*at).abs_diff(length(i)), at.abs_diff(i), *at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_near_verse_has_like_length() {
        let verses: Vec<(String, String)> =
            [4, 9, 5, 9, 4, 30, 30, 31].iter().map(|n| (String::new(), "x".repeat(*n))).collect();
        assert_eq!([0, 1, 5, 7].map(|i| near(&verses, i)), [Some(4), Some(3), Some(6), Some(6)]);
        assert_eq!(near(&verses[..1], 0), None);
    }
}
