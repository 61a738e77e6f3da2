//! A text column of Parquet files on the hub is read in slices, so that it never is in memory as a whole.

use super::document::Document;
use crate::error::Result;
use crate::hub::download;
use crate::hub::pins::HubFiles;
use crate::sources::parquet::TextFile;
use crate::text::normalise::normalise;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// This is what an entry says of a text column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The files.
    pub files: HubFiles,
    /// The name of the column.
    pub column: String,
    /// How many rows, one after another, make a document. A document's name is its number, from 0.
    pub rows_a_document: usize,
    /// Share of the documents on which a vocabulary is trained, where one is; the draw takes them from the training
    /// split.
    pub vocabulary_share: f64,
}

impl Column {
    pub(super) fn read(
        &self,
        cache: &Path,
        progress: &dyn Fn(&str),
        each: &mut dyn FnMut(Vec<Document>) -> Result<()>,
    ) -> Result<()> {
        let mut joined = Joined { rows: self.rows_a_document, number: 0, open: vec![] };
        for path in download::fetch(&self.files.resolve(cache, progress)?, progress)? {
            let file = TextFile::open(&path, &self.column)?;
            progress(&format!("reading {}: {} rows", file.name(), file.rows()));
            file.read(&mut |rows| each(joined.add(rows)))?;
        }
        each(joined.finish())
    }
}

/// Joins rows to documents.
struct Joined {
    rows: usize,
    /// Number of the next document.
    number: usize,
    /// The rows of the document that is not complete yet.
    open: Vec<Option<String>>,
}

impl Joined {
    /// Adds rows, and gives the documents that they complete.
    fn add(&mut self, rows: Vec<Option<String>>) -> Vec<Document> {
        let mut documents = vec![];
        for row in rows {
            self.open.push(row);
            if self.open.len() == self.rows {
                documents.push(self.close());
            }
        }
        documents
    }

    /// Gives the last document, which may have fewer rows.
    fn finish(mut self) -> Vec<Document> {
        if self.open.is_empty() { vec![] } else { vec![self.close()] }
    }

    fn close(&mut self) -> Document {
        let rows = std::mem::take(&mut self.open);
        let lines = rows.iter().flatten().flat_map(|row| row.lines());
        let paragraphs = lines.map(normalise).filter(|line| !line.is_empty()).collect();
        self.number += 1;
        Document { name: (self.number - 1).to_string(), paragraphs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_joined_over_the_ends_of_slices() {
        let mut joined = Joined { rows: 2, number: 0, open: vec![] };
        let rows = |texts: &[&str]| texts.iter().map(|text| Some(text.to_string())).collect::<Vec<_>>();
        let document = |name: &str, paragraphs: &[&str]| Document {
            name: name.into(),
            paragraphs: paragraphs.iter().map(|p| p.to_string()).collect(),
        };
        assert_eq!(joined.add(rows(&["a", "b \n\nc", "d"])), [document("0", &["a", "b", "c"])]);
        assert_eq!(joined.add(vec![None]), [document("1", &["d"])]);
        assert_eq!(joined.add(rows(&["e"])), []);
        assert_eq!(joined.finish(), [document("2", &["e"])]);
    }
}
