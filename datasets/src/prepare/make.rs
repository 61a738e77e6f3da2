//! A prepared folder is made here, step by step.

use super::describe::{Facts, manifest};
use super::text::Text;
use super::write::{Limits, SplitWriter, Written};
use crate::error::{Error, Result};
use crate::pairs::layout;
use crate::pairs::manifest::Removed;
use crate::pairs::options::PrepareOptions;
use crate::sealed::Sealed;
use crate::sources::Source;
use crate::sources::registry::Entry;
use crate::sources::splitting::check_sizes;
use crate::text::tokenizer::Tokenizer;
use mos_base::{Split, files};
use std::path::Path;

/// Makes all files of the corpus in the folder `out`.
pub(super) fn make(
    cache: &Path,
    entry: &Entry,
    options: &PrepareOptions,
    out: &Path,
    progress: &dyn Fn(&str),
) -> Result<()> {
    let corpus_error = |detail: String| Error::Corpus { id: entry.id.clone(), detail };
    let scratch = out.join("scratch");
    files::make_folder(&scratch)?;
    let opened = entry.source.open(cache, &scratch, progress)?;
    files::remove_folder(&scratch)?;
    progress("filtering and splitting");
    let mut text = Text::new(&entry.splits, opened)?;
    check_sizes(&entry.id, &entry.splits, text.sizes(), text.removed_so_far())?;
    let words = entry.source.pretokeniser()?;
    let sample = text.sample(&words, progress)?;
    progress("training the joint BPE");
    let sentences: Vec<&str> = sample.iter().map(|sentence| sentence.as_ref()).collect();
    let tokenizer = Tokenizer::train(&sentences, options.vocab_size).map_err(corpus_error)?;
    drop(sample);
    progress("writing token shards");
    files::write_synced(&out.join(layout::TOKENIZER), tokenizer.to_json().as_bytes())?;
    let mut written = [Written::default(); 3];
    for split in Split::ALL {
        let limits = limits(&entry.source, options, split);
        let mut writer = SplitWriter::create(out, split, &tokenizer, &words, limits)?;
        text.read(split, progress, &mut |pairs| writer.push(pairs))?;
        written[split as usize] = writer.finish()?;
    }
    let notes = text.notes();
    let mut removed = text.removed();
    removed.extend(removed_by_limits(limits(&entry.source, options, Split::Train), &written));
    let cards = written.map(|split| split.card);
    check_sizes(&entry.id, &entry.splits, cards.map(|card| card.pairs), &removed)?;
    let facts = Facts { notes, pinned: entry.source.pinned(cache, progress)?, cards, removed };
    let manifest = manifest(out, entry, options, tokenizer.vocab_size(), facts)?;
    Ok(files::write_synced(&out.join(layout::MANIFEST), manifest.to_json().as_bytes())?)
}

/// Tells what the limits removed from each split. The text of a rule names the limit of the training split.
fn removed_by_limits(limits: Limits, written: &[Written; 3]) -> Vec<Removed> {
    let Limits { longest, ratio } = limits;
    let too_long = Removed::from_splits(format!("a side longer than {longest} tokens"), written.map(|w| w.too_long));
    let uneven = ratio.map(|ratio| {
        let rule = format!("one side over {ratio} times as many tokens as the other");
        Removed::from_splits(rule, written.map(|w| w.uneven))
    });
    [Some(too_long), uneven].into_iter().flatten().collect()
}

/// Gives the limits that a pair of a split must keep to be written.
fn limits(source: &Source, options: &PrepareOptions, split: Split) -> Limits {
    match source {
        Source::HuggingFace(hub) if split == Split::Train => {
            Limits { longest: options.longest_pair.min(hub.max_tokens), ratio: hub.max_token_ratio }
        }
        _ => Limits { longest: options.longest_pair, ratio: None },
    }
}
