//! The text of a corpus is split here: whole documents are held out, and what is left of them in the training split
//! goes.
//!
//! Of sources that are in memory, a training sentence goes when it nearly equals a held-out one (see
//! [`near_duplicates`](crate::text::near_duplicates)). Sources that are read in slices are not searched.

use super::registry::DocumentEntry;
use super::sources::TextSource;
use super::sources::column::Column;
use super::sources::document::Document;
use crate::error::Result;
use crate::pairs::manifest::Removed;
use crate::text::near_duplicates::near_duplicates;
use crate::text::sentences::sentences;
use mos_base::Split;
use rayon::prelude::*;
use std::path::Path;

/// At most so many documents are given out at a time.
const CHUNK: usize = 1024;

/// A document in its split.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    /// The place of its source in the entry.
    pub source: usize,
    pub name: String,
    pub split: Split,
    pub sentences: Vec<String>,
}

/// The text of a corpus.
pub(super) struct CorpusText<'a> {
    entry: &'a DocumentEntry,
    cache: &'a Path,
    scratch: &'a Path,
    progress: &'a dyn Fn(&str),
    /// All documents of the sources that are in memory.
    whole: Vec<Placed>,
    /// What the filters removed from these.
    pub removed: Vec<Removed>,
}

impl<'a> CorpusText<'a> {
    /// Reads, splits and filters the sources that are in memory. `scratch` is an existing folder for large temporary
    /// files, which the caller removes.
    pub fn open(
        entry: &'a DocumentEntry,
        cache: &'a Path,
        scratch: &'a Path,
        progress: &'a dyn Fn(&str),
    ) -> Result<CorpusText<'a>> {
        let mut whole = vec![];
        for (number, source) in entry.sources.iter().enumerate().filter(|(_, s)| s.text.sliced().is_none()) {
            progress(&format!("reading {}", source.name));
            let mut documents = vec![];
            source.text.read(cache, scratch, progress, &mut |slice| {
                documents.extend(slice);
                Ok(())
            })?;
            whole.extend(rank(number, source, documents));
        }
        progress("removing training sentences that nearly equal a held-out one");
        let removed = vec![remove_near_duplicates(&mut whole)];
        Ok(CorpusText { entry, cache, scratch, progress, whole, removed })
    }

    /// Gives training sentences for a vocabulary: all of those in memory, and those of the drawn documents of the rest.
    pub fn sample(&self) -> Result<Vec<String>> {
        let train = self.whole.iter().filter(|document| document.split == Split::Train);
        let mut sample: Vec<String> = train.flat_map(|document| document.sentences.iter().cloned()).collect();
        for (number, source, column) in self.sliced() {
            let shares = &source.splits;
            let drawn = |name: &str| {
                let from = shares.valid_share + shares.test_share;
                (from..from + column.vocabulary_share).contains(&shares.fraction(name))
            };
            source.text.read(self.cache, self.scratch, self.progress, &mut |documents| {
                let drawn = documents.into_iter().filter(|document| drawn(&document.name)).collect();
                sample.extend(place(number, source, drawn).into_iter().flat_map(|document| document.sentences));
                Ok(())
            })?;
        }
        Ok(sample)
    }

    /// Gives all documents to `each`, in order, some at a time.
    pub fn read(&self, each: &mut dyn FnMut(&[Placed]) -> Result<()>) -> Result<()> {
        self.whole.chunks(CHUNK).try_for_each(&mut *each)?;
        for (number, source, _) in self.sliced() {
            source.text.read(self.cache, self.scratch, self.progress, &mut |documents| {
                each(&place(number, source, documents))
            })?;
        }
        Ok(())
    }

    fn sliced(&self) -> impl Iterator<Item = (usize, &'a TextSource, &'a Column)> {
        let sources = self.entry.sources.iter().enumerate();
        sources.filter_map(|(number, source)| Some((number, source, source.text.sliced()?)))
    }
}

/// Splits documents that are all known.
fn rank(source: usize, entry: &TextSource, documents: Vec<Document>) -> Vec<Placed> {
    let drawn = documents.iter().map(|d| d.name.clone()).filter(|name| entry.text.is_drawn(name));
    let held_out = entry.splits.rank(drawn);
    placed(source, documents, |name| held_out.get(name).copied().unwrap_or(Split::Train))
}

/// Splits documents of a source that is read in slices.
fn place(source: usize, entry: &TextSource, documents: Vec<Document>) -> Vec<Placed> {
    placed(source, documents, |name| entry.splits.of(name))
}

fn placed(source: usize, documents: Vec<Document>, split: impl Fn(&str) -> Split + Sync) -> Vec<Placed> {
    let document = |document: Document| Placed {
        source,
        split: split(&document.name),
        sentences: document.paragraphs.iter().flat_map(|p| sentences(p)).map(str::to_string).collect(),
        name: document.name,
    };
    documents.into_par_iter().map(document).collect()
}

/// Removes training sentences that nearly equal a held-out one, and counts them.
fn remove_near_duplicates(documents: &mut [Placed]) -> Removed {
    let of = |train: bool| -> Vec<&str> {
        let documents = documents.iter().filter(|d| (d.split == Split::Train) == train);
        documents.flat_map(|d| d.sentences.iter().map(String::as_str)).collect()
    };
    let copied = near_duplicates(of(true), &of(false));
    let count = copied.iter().filter(|copied| **copied).count();
    let mut copied = copied.into_iter();
    for document in documents.iter_mut().filter(|d| d.split == Split::Train) {
        document.sentences.retain(|_| !copied.next().expect("one answer for each sentence"));
    }
    Removed::from_splits("near-duplicate of a valid or test sentence", [count, 0, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_held_out_sentences_leave_the_training_split_only() {
        let document = |name: &str, split, sentences: &[&str]| Placed {
            source: 0,
            name: name.into(),
            split,
            sentences: sentences.iter().map(|s| s.to_string()).collect(),
        };
        let mut documents = vec![
            document("a", Split::Train, &["The same words stand here.", "Others stand there."]),
            document("b", Split::Valid, &["The SAME words stand here!", "Amen."]),
            document("c", Split::Test, &["Amen."]),
            document("d", Split::Train, &["Amen!"]),
        ];
        let removed = remove_near_duplicates(&mut documents);
        assert_eq!((removed.train, removed.total()), (2, 2));
        let left: Vec<usize> = documents.iter().map(|d| d.sentences.len()).collect();
        assert_eq!(left, [1, 2, 1, 0]);
    }
}
