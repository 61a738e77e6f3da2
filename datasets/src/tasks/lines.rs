//! Rated lines of text make two tasks: the rating itself, and its sign.

use super::example::{Example, Label, Labelled};
use super::sheet;
use super::spec::Lines;
use crate::error::{Error, Result};
use crate::sources::wheel::pip;
use crate::text::near_duplicates::near_duplicates;
use crate::text::normalise::normalise;
use mos_base::Split;
use std::path::Path;

/// A line of the file.
#[derive(Debug, PartialEq)]
struct Line {
    id: String,
    rating: f64,
    text: String,
}

impl Lines {
    /// Reads the examples.
    pub(super) fn read(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Labelled> {
        let file = pip::fetch(cache, &self.file, progress)?;
        let text = sheet::text(&file, &self.archive, &self.member)?;
        let lines = parse(&text).map_err(|e| Error::damaged(&file, format!("member {}: {e}", self.member)))?;
        Ok(self.label(lines))
    }

    /// Splits and labels the lines. A training line that nearly equals a held-out one is left out.
    fn label(&self, lines: Vec<Line>) -> Labelled {
        let held_out = self.splits.rank(lines.iter().map(|line| line.id.clone()));
        let split = |line: &Line| held_out.get(&line.id).copied().unwrap_or(Split::Train);
        let text = |train: bool| {
            let lines = lines.iter().filter(move |line| (split(line) == Split::Train) == train);
            lines.map(|line| line.text.as_str()).collect::<Vec<&str>>()
        };
        let mut copies = near_duplicates(text(true), &text(false)).into_iter();
        let mut labelled = Labelled::default();
        for line in &lines {
            let split = split(line);
            if split == Split::Train && copies.next().expect("one answer for each line") {
                labelled.near_duplicates += 1;
            } else if let Some(label) = self.of(line.rating) {
                labelled.examples.push(Example { split, text: line.text.clone(), second: None, label });
            }
        }
        labelled
    }

    /// Gives the label of a rating; `None` where it is too near to 0 for a sign.
    fn of(&self, rating: f64) -> Option<Label> {
        match self.band {
            None => Some(Label::Rating(rating as f32)),
            Some(band) => (rating.abs() >= band).then_some(Label::Class(u16::from(rating > 0.0))),
        }
    }
}

fn parse(text: &str) -> std::result::Result<Vec<Line>, String> {
    let line = |(number, line): (usize, &str)| {
        let wrong = || format!("line {} is not an id, a rating and a text", number + 1);
        let mut fields = line.splitn(3, '\t');
        let mut field = || fields.next().ok_or_else(wrong);
        let (id, rating, text) = (field()?, field()?, field()?);
        Ok(Line { id: id.to_string(), rating: rating.parse().map_err(|_| wrong())?, text: normalise(text) })
    };
    text.lines().filter(|line| !line.trim().is_empty()).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::drawing::Shares;
    use crate::sources::wheel::PypiFile;

    fn lines(band: Option<f64>) -> Lines {
        let text = String::new;
        Lines {
            file: PypiFile { package: text(), version: text(), file: text(), bytes: 0, sha256: text() },
            archive: text(),
            member: text(),
            splits: Shares { salt: "s".into(), valid_share: 0.2, test_share: 0.2 },
            band,
        }
    }

    #[test]
    fn lines_are_read_and_wrong_ones_are_named() {
        let parsed = parse("1\t-0.6\tTwo  words\r\n2\t3.5\tA\ttab\r\n").unwrap();
        let line = |id: &str, rating: f64, text: &str| Line { id: id.into(), rating, text: text.into() };
        assert_eq!(parsed, [line("1", -0.6, "Two words"), line("2", 3.5, "A tab")]);
        assert!(parse("1\t2\tx\n2\tgood\ty").unwrap_err().contains("line 2 is not"));
    }

    #[test]
    fn the_sign_leaves_out_the_band_and_copies_leave_the_training_split() {
        let made = || {
            let line = |i: usize| Line {
                id: i.to_string(),
                rating: i as f64 / 10.0 - 2.0,
                // Each text stands twice, in lines of different ids.
                text: format!("the film number {} is what it is", i % 20),
            };
            (0..40).map(line).collect::<Vec<_>>()
        };
        let ratings = lines(None).label(made());
        assert_eq!(ratings.examples.len() + ratings.near_duplicates, 40);
        let text = |train: bool| -> Vec<&str> {
            let examples = ratings.examples.iter().filter(|e| (e.split == Split::Train) == train);
            examples.map(|e| e.text.as_str()).collect()
        };
        assert!(text(true).iter().all(|line| !text(false).contains(line)));
        assert_eq!(text(false).len(), 16);
        let signs = lines(Some(0.5)).label(made());
        let count = |class: u16| signs.examples.iter().filter(|e| e.label == Label::Class(class)).count();
        assert!(signs.examples.len() < ratings.examples.len() && count(0) > 0 && count(1) > 0);
    }
}
