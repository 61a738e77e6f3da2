//! A prepared folder of documents is made here, step by step.

use super::layout;
use super::manifest::{DocumentManifest, FORMAT, SourceCard};
use super::mask::mask;
use super::options::{DocumentOptions, Vocabulary};
use super::published;
use super::registry::DocumentEntry;
use super::shard::SequenceShard;
use super::sources::TextSource;
use super::stored_masks::StoredMasks;
use super::text::CorpusText;
use super::unigram::Unigram;
use super::write::{SplitWriter, Written};
use crate::error::{Error, Result};
use crate::hub::pins::Pinned;
use crate::pairs::manifest::{FileCard, Removed};
use crate::sealed::Sealed;
use crate::sources::origin::Origin;
use crate::tasks::card::TaskCard;
use crate::tasks::write::{self as task_files, write_all};
use crate::text::wordpiece::WordPiece;
use mos_base::{Split, files, seed};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::Path;

/// Makes all files of the corpus in the folder `out`.
pub(super) fn make(
    cache: &Path,
    entry: &DocumentEntry,
    options: &DocumentOptions,
    out: &Path,
    progress: &dyn Fn(&str),
) -> Result<()> {
    let scratch = out.join("scratch");
    files::make_folder(&scratch)?;
    let text = CorpusText::open(entry, cache, &scratch, progress)?;
    let vocabulary = vocabulary(cache, entry, options, &text, progress)?;
    files::write_synced(&out.join(layout::VOCABULARY), vocabulary.to_text().as_bytes())?;
    progress("writing sequences");
    let mut written = write_splits(entry, options, &text, &vocabulary, out)?;
    draw_masks(&vocabulary, &mut written, out)?;
    let tasks = write_all(out, &entry.tasks, &vocabulary, options.sequence_length, cache, &scratch, progress)?;
    files::remove_folder(&scratch)?;
    let pinned = pinned(cache, entry, options, progress)?;
    let facts = Facts { vocabulary, written, removed: text.removed, tasks, pinned };
    let manifest = manifest(out, entry, options, facts)?;
    Ok(files::write_synced(&out.join(layout::MANIFEST), manifest.to_json().as_bytes())?)
}

/// Gives the vocabulary that the options ask for.
fn vocabulary(
    cache: &Path,
    entry: &DocumentEntry,
    options: &DocumentOptions,
    text: &CorpusText,
    progress: &dyn Fn(&str),
) -> Result<WordPiece> {
    match options.vocabulary {
        Vocabulary::BertBaseUncased => published::bert_base_uncased(cache, progress),
        Vocabulary::Trained { size } => {
            let sample = text.sample()?;
            progress("training the vocabulary");
            let sentences: Vec<&str> = sample.iter().map(String::as_str).collect();
            WordPiece::train(&sentences, size).map_err(|detail| Error::Corpus { id: entry.id.clone(), detail })
        }
    }
}

/// Writes the sequences of all splits in one reading of the text.
fn write_splits(
    entry: &DocumentEntry,
    options: &DocumentOptions,
    text: &CorpusText,
    vocabulary: &WordPiece,
    out: &Path,
) -> Result<[Written; 3]> {
    let sources = || entry.sources.iter().map(|source| source.name.as_str()).collect();
    let writer = |split| SplitWriter::create(out, split, vocabulary, options, sources());
    let mut writers = [writer(Split::Train)?, writer(Split::Valid)?, writer(Split::Test)?];
    text.read(&mut |documents| writers.iter_mut().try_for_each(|writer| writer.push(documents)))?;
    let [train, valid, test] = writers;
    let written = [train.finish()?, valid.finish()?, test.finish()?];
    let empty = Split::ALL.into_iter().find(|split| written[*split as usize].card.sequences == 0);
    match empty {
        Some(split) => Err(Error::Corpus { id: entry.id.clone(), detail: format!("{split} has no sequences") }),
        None => Ok(written),
    }
}

/// Draws the masks of the held-out splits, and fills in what the manifest tells of them.
fn draw_masks(vocabulary: &WordPiece, written: &mut [Written; 3], out: &Path) -> Result<()> {
    let (specials, vocab_size) = (vocabulary.specials(), vocabulary.vocab_size());
    let shard = |split| SequenceShard::open(&out.join(layout::shard(split)), false);
    let mut unigram = Unigram::new(vocab_size, specials);
    unigram.count(shard(Split::Train)?.ids());
    for split in [Split::Valid, Split::Test] {
        let shard = shard(split)?;
        let mut random = ChaCha8Rng::seed_from_u64(seed::name(&format!("stored masks of {split}")));
        let mut writer = StoredMasks::create(&out.join(layout::masks(split)))?;
        let mut targets = vec![];
        for i in 0..shard.len() {
            let masked = mask(shard.sequence(i), &specials, vocab_size, &mut random);
            writer.push(&StoredMasks::row(&masked))?;
            targets.extend(masked.targets);
        }
        writer.finish()?;
        let card = &mut written[split as usize].card;
        card.masked_tokens = Some(targets.len());
        // Six places are the same on any machine, whatever its logarithm does in the last ones.
        card.unigram_cross_entropy = Some((unigram.cross_entropy(targets) * 1e6).round() / 1e6);
    }
    Ok(())
}

/// Gives the files of the hub that the corpus was made of.
fn pinned(
    cache: &Path,
    entry: &DocumentEntry,
    options: &DocumentOptions,
    progress: &dyn Fn(&str),
) -> Result<Vec<Pinned>> {
    let vocabulary = matches!(options.vocabulary, Vocabulary::BertBaseUncased).then(published::origin);
    let pinned = entry.origins().into_iter().chain(vocabulary).map(|origin| origin.pinned(cache, progress));
    Ok(pinned.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// These facts are what the preparation found out.
struct Facts {
    vocabulary: WordPiece,
    written: [Written; 3],
    removed: Vec<Removed>,
    tasks: Vec<TaskCard>,
    pinned: Vec<Pinned>,
}

/// Makes the sealed manifest of the folder `out`, in which all other files stand.
fn manifest(out: &Path, entry: &DocumentEntry, options: &DocumentOptions, facts: Facts) -> Result<DocumentManifest> {
    let Facts { vocabulary, written, removed, tasks, pinned } = facts;
    let [train, valid, test] = written.each_ref().map(|written| written.card);
    let mut notes = entry.notes.clone();
    let took = removed.iter().filter(|r| r.total() > 0);
    notes.extend(took.map(|r| format!("Sentences removed, {}: {}.", r.rule, r.total())));
    let manifest = DocumentManifest {
        format: FORMAT,
        manifest_sha256: String::new(),
        hash: String::new(),
        id: entry.id.clone(),
        title: entry.title.clone(),
        language: entry.language.clone(),
        text_licence: entry.text_licence.clone(),
        package_licence: entry.package_licence.clone(),
        citation: entry.citation.clone(),
        notes,
        origin: entry.origins().iter().map(Origin::describe).collect(),
        options: *options,
        vocab_size: vocabulary.vocab_size(),
        specials: vocabulary.specials(),
        sources: source_cards(entry, &written),
        train,
        valid,
        test,
        removed,
        pinned,
        files: file_cards(out, &tasks)?,
        tasks,
    };
    Ok(manifest.seal())
}

fn source_cards(entry: &DocumentEntry, written: &[Written; 3]) -> Vec<SourceCard> {
    let card = |(i, source): (usize, &TextSource)| {
        let [train, valid, test] = written.each_ref().map(|written| written.documents[i]);
        SourceCard { name: source.name.clone(), train, valid, test }
    };
    entry.sources.iter().enumerate().map(card).collect()
}

/// Gives name, size and hash of every file, in a fixed order, because the hash of the data goes over it.
fn file_cards(out: &Path, tasks: &[TaskCard]) -> Result<Vec<FileCard>> {
    let held_out = [Split::Valid, Split::Test];
    let mut names = vec![layout::VOCABULARY.to_string()];
    names.extend(Split::ALL.map(layout::shard));
    names.extend(held_out.into_iter().flat_map(|split| [layout::masks(split), layout::names(split)]));
    names.extend(tasks.iter().flat_map(|task| task_files::files(&task.name)));
    names.into_iter().map(|name| FileCard::of(out, name)).collect()
}
