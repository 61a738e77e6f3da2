//! The files of one split are written some documents at a time.

use super::layout;
use super::manifest::DocumentCard;
use super::options::DocumentOptions;
use super::pack::pack;
use super::shard::SequenceShard;
use super::text::Placed;
use crate::error::{Error, Result};
use crate::rows;
use crate::text::wordpiece::WordPiece;
use mos_base::Split;
use rayon::prelude::*;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the sequences of one split, and the names of held-out documents.
pub(super) struct SplitWriter<'a> {
    split: Split,
    vocabulary: &'a WordPiece,
    length: usize,
    /// The split ends with the sequence that reaches so many tokens.
    limit: u64,
    /// The names of the sources.
    sources: Vec<&'a str>,
    shard: rows::Writer,
    names: Option<(PathBuf, BufWriter<File>)>,
    card: DocumentCard,
    /// Documents of each source.
    documents: Vec<usize>,
}

/// This counts what was written of a split.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub card: DocumentCard,
    /// Documents of each source.
    pub documents: Vec<usize>,
}

impl<'a> SplitWriter<'a> {
    /// Begins the files of a split in the folder `out`.
    pub fn create(
        out: &Path,
        split: Split,
        vocabulary: &'a WordPiece,
        options: &DocumentOptions,
        sources: Vec<&'a str>,
    ) -> Result<SplitWriter<'a>> {
        let create = |path: PathBuf| {
            let file = File::create(&path).map(BufWriter::new).map_err(Error::io("create", &path))?;
            Ok::<_, Error>((path, file))
        };
        Ok(SplitWriter {
            split,
            vocabulary,
            length: options.sequence_length,
            limit: options.train_tokens_limit.filter(|_| split == Split::Train).unwrap_or(u64::MAX),
            documents: vec![0; sources.len()],
            sources,
            shard: SequenceShard::create(&out.join(layout::shard(split)))?,
            names: if split == Split::Train { None } else { Some(create(out.join(layout::names(split)))?) },
            card: DocumentCard::default(),
        })
    }

    /// Writes those of the documents that belong to the split.
    pub fn push(&mut self, documents: &[Placed]) -> Result<()> {
        let documents: Vec<&Placed> = documents.iter().filter(|d| d.split == self.split).collect();
        let (specials, length) = (self.vocabulary.specials(), self.length);
        let packed = |document: &&Placed| {
            let sentences: Vec<&str> = document.sentences.iter().map(String::as_str).collect();
            pack(&self.vocabulary.encode(&sentences), &specials, length)
        };
        let packed: Vec<Vec<Vec<u16>>> = documents.par_iter().map(packed).collect();
        for (document, sequences) in documents.into_iter().zip(packed) {
            if self.card.tokens as u64 >= self.limit {
                break;
            }
            self.write(document, &sequences)?;
        }
        Ok(())
    }

    fn write(&mut self, document: &Placed, sequences: &[Vec<u16>]) -> Result<()> {
        let unknown = self.vocabulary.specials().unk;
        self.card.documents += 1;
        self.card.sentences += document.sentences.len();
        self.documents[document.source] += 1;
        if let Some((path, names)) = &mut self.names {
            let name = format!("{}:{}\n", self.sources[document.source], document.name);
            names.write_all(name.as_bytes()).map_err(Error::io("write", path))?;
        }
        for sequence in sequences {
            if self.card.tokens as u64 >= self.limit {
                break;
            }
            self.shard.push(sequence)?;
            self.card.sequences += 1;
            self.card.tokens += sequence.len();
            self.card.unknown_tokens += sequence.iter().filter(|id| **id == unknown).count();
        }
        Ok(())
    }

    /// Completes all files.
    pub fn finish(self) -> Result<Written> {
        self.shard.finish()?;
        if let Some((path, mut names)) = self.names {
            names.flush().and_then(|()| names.get_ref().sync_all()).map_err(Error::io("write", &path))?;
        }
        Ok(Written { card: self.card, documents: self.documents })
    }
}
