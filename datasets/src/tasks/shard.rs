//! A shard holds the labelled examples of one split of a task.
//!
//! A row is the label (a class, or the bits of a rating, in two numbers), the place where the second text begins, and
//! the ids from `[CLS]` to the last `[SEP]`.

use super::encode::Encoded;
use super::example::Label;
use crate::error::{Error, Result};
use crate::rows::{Content, Rows, Writer};
use std::path::Path;

/// So many numbers stand before the ids.
const HEAD: usize = 3;

/// The examples of one split, mapped from their file.
#[derive(Debug)]
pub struct ExampleShard {
    rows: Rows,
    /// Whether the labels are ratings.
    ratings: bool,
}

/// One encoded example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncodedExample<'a> {
    /// `[CLS] a [SEP]`, or `[CLS] a [SEP] b [SEP]`.
    pub ids: &'a [u16],
    /// Where the second text begins, which has type 1; the length where there is none.
    pub second: usize,
    /// The label.
    pub label: Label,
}

impl ExampleShard {
    /// Maps a shard of a task that asks for one of so many classes, or for a rating. Its structure is always checked,
    /// and with `verify` its SHA-256 too.
    pub fn open(path: &Path, classes: Option<usize>, verify: bool) -> Result<ExampleShard> {
        let rows = Rows::open(path, Content::Examples, verify)?;
        let fits = |i: usize| {
            let row = rows.row(i);
            row.len() > HEAD
                && (1..=row.len() - HEAD).contains(&usize::from(row[2]))
                && classes.is_none_or(|classes| row[1] == 0 && usize::from(row[0]) < classes)
        };
        match (0..rows.len()).find(|i| !fits(*i)) {
            Some(i) => Err(Error::damaged(path, format!("its row {i} is no example of this task"))),
            None => Ok(ExampleShard { rows, ratings: classes.is_none() }),
        }
    }

    /// Begins a shard.
    pub(super) fn create(path: &Path) -> Result<Writer> {
        Writer::create(path, Content::Examples)
    }

    /// Makes the row of an example.
    pub(super) fn row(encoded: &Encoded, label: Label) -> Vec<u16> {
        let label = match label {
            Label::Class(class) => [class, 0],
            Label::Rating(rating) => [rating.to_bits() as u16, (rating.to_bits() >> 16) as u16],
        };
        [&label[..], &[encoded.second as u16], &encoded.ids].concat()
    }

    /// Counts the examples.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Tells whether there is no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives example `i`. Panics when `i >= len()`.
    pub fn example(&self, i: usize) -> EncodedExample<'_> {
        let (head, ids) = self.rows.row(i).split_at(HEAD);
        let label = if self.ratings {
            Label::Rating(f32::from_bits(u32::from(head[0]) | u32::from(head[1]) << 16))
        } else {
            Label::Class(head[0])
        };
        EncodedExample { ids, second: usize::from(head[2]), label }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::write;

    #[test]
    fn labels_and_texts_come_back_and_wrong_rows_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.shard");
        let encoded = Encoded { ids: vec![0, 7, 2, 8, 2], second: 3, cut: false };
        for (label, classes) in [(Label::Class(1), Some(2)), (Label::Rating(-2.2666), None)] {
            write(&path, Content::Examples, &[ExampleShard::row(&encoded, label)]).unwrap();
            let shard = ExampleShard::open(&path, classes, true).unwrap();
            assert_eq!(shard.example(0), EncodedExample { ids: &[0, 7, 2, 8, 2], second: 3, label });
        }
        for wrong in [vec![2, 0, 1, 0, 2], vec![0, 1, 1, 0, 2], vec![0, 0, 3, 0, 2], vec![0, 0, 0, 0], vec![0, 0, 0]] {
            write(&path, Content::Examples, &[wrong]).unwrap();
            assert!(ExampleShard::open(&path, Some(2), true).unwrap_err().to_string().contains("x.shard"));
        }
    }
}
