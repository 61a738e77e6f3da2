//! The files of a prepared folder.

use crate::hub::pins::Pinned;
use crate::manifest::{FILE, FORMAT, FileCard, Manifest, Removed, SplitCard};
use crate::prepare::PrepareOptions;
use crate::pretokenise::Pretokeniser;
use crate::registry::Entry;
use crate::source::{Part, RawPair};
use crate::tokenizer::Tokenizer;
use crate::{Error, Result, Split, shard, storage};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// What a pair must keep to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Longest side in tokens.
    pub longest: usize,
    /// Largest ratio of the longer side to the shorter one, in tokens.
    pub ratio: Option<f64>,
}

/// What was written of a split.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub card: SplitCard,
    pub too_long: usize,
    pub uneven: usize,
}

/// Writes the files of one split, some pairs at a time.
pub(super) struct SplitWriter<'a> {
    tokenizer: &'a Tokenizer,
    words: &'a Pretokeniser,
    limits: Limits,
    shard: shard::Writer,
    /// Plain text; of held-out splits only.
    text: Option<HeldOutText>,
    chapters: HashSet<Part>,
    written: Written,
}

/// Name of the plain text of one side of a held-out split.
pub(crate) fn text_name(split: Split, side: &str) -> String {
    format!("{split}.{side}.txt")
}

/// Name of the target side of a held-out split as BPE sees it.
pub(crate) fn tokenised_name(split: Split) -> String {
    format!("{split}.ref.tok.txt")
}

impl<'a> SplitWriter<'a> {
    pub fn create(
        out: &Path,
        split: Split,
        tokenizer: &'a Tokenizer,
        words: &'a Pretokeniser,
        limits: Limits,
    ) -> Result<SplitWriter<'a>> {
        let shard = shard::Writer::create(&out.join(shard::file_name(split)))?;
        let text = if split == Split::Train { None } else { Some(HeldOutText::create(out, split, words)?) };
        let (chapters, written) = (HashSet::new(), Written::default());
        Ok(SplitWriter { tokenizer, words, limits, shard, text, chapters, written })
    }

    /// Writes the pairs that keep the limits, and counts the others.
    pub fn push(&mut self, pairs: &[RawPair]) -> Result<()> {
        let words: Vec<[Cow<str>; 2]> =
            pairs.par_iter().map(|p| [self.words.source(&p.source), self.words.target(&p.target)]).collect();
        let ids = self.tokenizer.encode(&words.iter().flatten().map(Cow::as_ref).collect::<Vec<_>>());
        // The vocabulary was checked to fit.
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

/// The plain text of a held-out split, for scores; where BPE sees other text than a reader, the target side of that
/// too.
struct HeldOutText {
    source: TextFile,
    target: TextFile,
    tokenised: Option<TextFile>,
}

impl HeldOutText {
    fn create(out: &Path, split: Split, words: &Pretokeniser) -> Result<HeldOutText> {
        let tokenised = match words {
            Pretokeniser::None => None,
            Pretokeniser::Moses(_) => Some(TextFile::create(out.join(tokenised_name(split)))?),
        };
        let side = |side| TextFile::create(out.join(text_name(split, side)));
        Ok(HeldOutText { source: side("src")?, target: side("ref")?, tokenised })
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

/// What the preparation found out, for the manifest.
pub(super) struct Facts {
    /// Remarks of the source.
    pub notes: Vec<String>,
    pub pinned: Vec<Pinned>,
    pub cards: [SplitCard; 3],
    pub removed: Vec<Removed>,
}

pub(super) fn manifest(
    out: &Path,
    entry: &Entry,
    options: &PrepareOptions,
    vocab_size: usize,
    facts: Facts,
) -> Result<()> {
    let Facts { notes: of_source, pinned, cards, removed } = facts;
    let mut notes = entry.notes.clone();
    notes.extend(of_source);
    notes.push(format!("Pairs: {} train, {} valid, {} test.", cards[0].pairs, cards[1].pairs, cards[2].pairs));
    let took = removed.iter().filter(|r| r.total() > 0);
    notes.extend(took.map(|r| format!("Pairs removed, {}: {}.", r.rule, r.total())));
    let manifest = Manifest {
        format: FORMAT,
        manifest_sha256: String::new(),
        hash: String::new(),
        id: entry.id.clone(),
        title: entry.title.clone(),
        source_language: entry.source_language.clone(),
        target_language: entry.target_language.clone(),
        text_licence: entry.text_licence.clone(),
        package_licence: entry.package_licence.clone(),
        citation: entry.citation.clone(),
        notes,
        origin: entry.source.describe(),
        options: *options,
        vocab_size,
        pretokenisation: entry.source.pretokenisation().tag(),
        train: cards[0],
        valid: cards[1],
        test: cards[2],
        removed,
        pinned,
        files: file_cards(out, &entry.source.pretokeniser()?)?,
    };
    storage::write_synced(&out.join(FILE), manifest.seal().to_json().as_bytes())
}

fn file_cards(out: &Path, words: &Pretokeniser) -> Result<Vec<FileCard>> {
    let held_out = [Split::Valid, Split::Test];
    let mut names = vec!["tokenizer.json".to_string()];
    names.extend(Split::ALL.map(|s| shard::file_name(s).to_string_lossy().into_owned()));
    names.extend(held_out.into_iter().flat_map(|s| [text_name(s, "src"), text_name(s, "ref")]));
    if !matches!(words, Pretokeniser::None) {
        names.extend(held_out.map(tokenised_name));
    }
    let card = |name: String| {
        let path = out.join(&name);
        let bytes = std::fs::metadata(&path).map_err(Error::io("read", &path))?.len();
        Ok(FileCard { sha256: storage::sha256_file(&path)?, name, bytes })
    };
    names.into_iter().map(card).collect()
}
