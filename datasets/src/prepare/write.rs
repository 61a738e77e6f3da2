//! The files of one split are written some pairs at a time.

use crate::error::{Error, Result};
use crate::pairs::layout;
use crate::pairs::manifest::SplitCard;
use crate::pairs::shard;
use crate::sources::pair::{Part, RawPair};
use crate::text::pretokenise::Pretokeniser;
use crate::text::tokenizer::Tokenizer;
use mos_base::Split;
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A pair must keep these limits to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Longest side, in tokens.
    pub longest: usize,
    /// Largest ratio of the longer side to the shorter one, in tokens.
    pub ratio: Option<f64>,
}

/// This counts what was written of a split.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    /// The sizes of the split.
    pub card: SplitCard,
    /// How many pairs were left out because of an empty side or one over [`Limits::longest`].
    pub too_long: usize,
    /// How many pairs were left out because of [`Limits::ratio`].
    pub uneven: usize,
}

/// Writes the files of one split, some pairs at a time.
pub(super) struct SplitWriter<'a> {
    tokenizer: &'a Tokenizer,
    words: &'a Pretokeniser,
    limits: Limits,
    shard: shard::Writer,
    /// The plain text, which is kept of held-out splits only.
    text: Option<HeldOutText>,
    chapters: HashSet<Part>,
    written: Written,
}

impl<'a> SplitWriter<'a> {
    /// Begins the files of a split in the folder `out`.
    pub fn create(
        out: &Path,
        split: Split,
        tokenizer: &'a Tokenizer,
        words: &'a Pretokeniser,
        limits: Limits,
    ) -> Result<SplitWriter<'a>> {
        let shard = shard::Writer::create(&out.join(layout::shard(split)))?;
        let text = if split == Split::Train { None } else { Some(HeldOutText::create(out, split, words)?) };
        let (chapters, written) = (HashSet::new(), Written::default());
        Ok(SplitWriter { tokenizer, words, limits, shard, text, chapters, written })
    }

    /// Writes the pairs that keep the limits, and counts the others.
    pub fn push(&mut self, pairs: &[RawPair]) -> Result<()> {
        let words: Vec<[Cow<str>; 2]> =
            pairs.par_iter().map(|p| [self.words.source(&p.source), self.words.target(&p.target)]).collect();
        let ids = self.tokenizer.encode(&words.iter().flatten().map(Cow::as_ref).collect::<Vec<_>>());
        // The size of the vocabulary was checked to fit the ids of a shard.
        let ids: Vec<Vec<u16>> = ids.into_par_iter().map(|ids| ids.into_iter().map(|id| id as u16).collect()).collect();
        for ((pair, words), ids) in pairs.iter().zip(&words).zip(ids.chunks_exact(2)) {
            let (source, target) = (&ids[0], &ids[1]);
            let (short, long) = (source.len().min(target.len()), source.len().max(target.len()));
            if short == 0 || long > self.limits.longest {
                self.written.too_long += 1;
            } else if self.limits.ratio.is_some_and(|ratio| long as f64 > ratio * short as f64) {
                self.written.uneven += 1;
            } else {
                self.write(pair, &words[1], source, target)?;
            }
        }
        Ok(())
    }

    /// Writes one pair to all files of the split.
    fn write(&mut self, pair: &RawPair, tokenised: &str, source: &[u16], target: &[u16]) -> Result<()> {
        self.shard.push(source, target)?;
        if matches!(pair.part, Part::Chapter(..)) {
            self.chapters.insert(pair.part);
        }
        let card = &mut self.written.card;
        card.pairs += 1;
        card.source_tokens += source.len();
        card.target_tokens += target.len();
        match &mut self.text {
            Some(text) => text.push(pair, tokenised),
            None => Ok(()),
        }
    }

    /// Completes all files.
    pub fn finish(mut self) -> Result<Written> {
        self.shard.finish()?;
        if let Some(text) = self.text {
            text.finish()?;
        }
        self.written.card.chapters = self.chapters.len();
        Ok(self.written)
    }
}

/// The plain text of a held-out split is kept, since translations are scored on it. Where BPE sees pre-tokenised text,
/// the target side of that is kept too.
struct HeldOutText {
    source: TextFile,
    target: TextFile,
    tokenised: Option<TextFile>,
}

impl HeldOutText {
    fn create(out: &Path, split: Split, words: &Pretokeniser) -> Result<HeldOutText> {
        let tokenised = match words {
            Pretokeniser::None => None,
            Pretokeniser::Moses(_) => Some(TextFile::create(out.join(layout::tokenised_references(split)))?),
        };
        let source = TextFile::create(out.join(layout::sources(split)))?;
        let target = TextFile::create(out.join(layout::references(split)))?;
        Ok(HeldOutText { source, target, tokenised })
    }

    fn push(&mut self, pair: &RawPair, tokenised: &str) -> Result<()> {
        self.source.line(&pair.source)?;
        self.target.line(&pair.target)?;
        self.tokenised.as_mut().map_or(Ok(()), |file| file.line(tokenised))
    }

    fn finish(self) -> Result<()> {
        [Some(self.source), Some(self.target), self.tokenised].into_iter().flatten().try_for_each(TextFile::finish)
    }
}

/// This text file has one line for each pair.
struct TextFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl TextFile {
    fn create(path: PathBuf) -> Result<TextFile> {
        let file = File::create(&path).map(BufWriter::new).map_err(Error::io("create", &path))?;
        Ok(TextFile { path, file })
    }

    fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.file, "{text}").map_err(Error::io("write", &self.path))
    }

    fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(Error::io("write", &self.path))?;
        self.file.get_ref().sync_all().map_err(Error::io("sync", &self.path))
    }
}
