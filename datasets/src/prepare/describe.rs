//! The manifest of a prepared folder puts down what the preparation knows.

use crate::error::Result;
use crate::hub::pins::Pinned;
use crate::pairs::layout;
use crate::pairs::manifest::{FORMAT, FileCard, Manifest, Removed, SplitCard};
use crate::pairs::options::PrepareOptions;
use crate::sources::registry::Entry;
use crate::text::pretokenise::Pretokeniser;
use mos_base::Split;
use std::path::Path;

/// These facts are what the preparation found out.
pub(super) struct Facts {
    /// Remarks of the source.
    pub notes: Vec<String>,
    /// The files of the hub that the text was made of.
    pub pinned: Vec<Pinned>,
    /// The sizes of the splits.
    pub cards: [SplitCard; 3],
    /// Pairs that are not in the splits, by reason.
    pub removed: Vec<Removed>,
}

/// Makes the sealed manifest of the folder `out`, in which all other files stand.
pub(super) fn manifest(
    out: &Path,
    entry: &Entry,
    options: &PrepareOptions,
    vocab_size: usize,
    facts: Facts,
) -> Result<Manifest> {
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
    Ok(manifest.seal())
}

/// Gives name, size and hash of every file, in a fixed order, because the hash of the data goes over it.
fn file_cards(out: &Path, words: &Pretokeniser) -> Result<Vec<FileCard>> {
    let held_out = [Split::Valid, Split::Test];
    let mut names = vec![layout::TOKENIZER.to_string()];
    names.extend(Split::ALL.map(layout::shard));
    names.extend(held_out.into_iter().flat_map(|s| [layout::sources(s), layout::references(s)]));
    if !matches!(words, Pretokeniser::None) {
        names.extend(held_out.map(layout::tokenised_references));
    }
    names.into_iter().map(|name| FileCard::of(out, name)).collect()
}
