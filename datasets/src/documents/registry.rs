//! The corpora of documents that the harness knows are one TOML file each under `datasets/registry/`, built into the
//! program, as the corpora of pairs are (see [`crate::sources::registry`]).

use super::sources::TextSource;
use crate::error::Result;
use crate::sources::origin::Origin;
use crate::sources::registry::unknown;
use crate::tasks::spec::TaskEntry;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// This corpus is used when none is named.
pub const DEFAULT: &str = "prose-en";

/// An entry describes one corpus of documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentEntry {
    /// The corpus's id.
    pub id: String,
    /// The title that people read.
    pub title: String,
    /// Language code of the text.
    pub language: String,
    /// Licence of the text.
    pub text_licence: String,
    /// Licence of the packages that carry it.
    pub package_licence: String,
    /// How to cite the text.
    pub citation: String,
    /// What was done to the text, and what else a reader must know.
    pub notes: Vec<String>,
    /// Disk that downloads and prepared data take, about, in bytes.
    pub expected_bytes: u64,
    /// Where the text comes from, in the order of the corpus.
    pub sources: Vec<TextSource>,
    /// Tasks for fine-tuning that are prepared along with the corpus.
    #[serde(default)]
    pub tasks: Vec<TaskEntry>,
}

static ENTRIES: LazyLock<Vec<DocumentEntry>> = LazyLock::new(|| {
    let texts =
        [include_str!("../../registry/prose-en.toml"), include_str!("../../registry/wikipedia-bookcorpus.toml")];
    // A test parses every entry, so that this cannot fail in a build that passed its tests.
    texts.iter().map(|text| toml::from_str(text).expect("registry entries are checked by a test")).collect()
});

/// Gives all entries, with the default one first.
pub fn all() -> &'static [DocumentEntry] {
    &ENTRIES
}

/// Finds the entry with this id. The error for an unknown one offers an id that is like it.
pub fn find(id: &str) -> Result<&'static DocumentEntry> {
    let known: Vec<&str> = all().iter().map(|e| e.id.as_str()).collect();
    all().iter().find(|e| e.id == id).ok_or_else(|| unknown(id, &known, ""))
}

impl DocumentEntry {
    /// Gives the places that the text of the corpus and of its tasks comes from, each once.
    pub fn origins(&self) -> Vec<Origin<'_>> {
        let sources = self.sources.iter().map(|source| source.text.origin());
        let mut origins: Vec<Origin> = vec![];
        for origin in sources.chain(self.tasks.iter().flat_map(TaskEntry::origins)) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::sources::Text;
    use crate::hub::pins::is_hex;
    use crate::sources::registry as pairs;
    use crate::sources::splitting::Splitting;
    use crate::tasks::spec::Examples;

    #[test]
    fn every_entry_parses_and_is_complete() {
        assert_eq!(all()[0].id, DEFAULT);
        for entry in all() {
            for text in [&entry.title, &entry.text_licence, &entry.package_licence, &entry.citation] {
                assert!(!text.is_empty(), "{}", entry.id);
            }
            let of_tasks = entry.tasks.iter().map(|task| &task.licence);
            for licence in [&entry.text_licence, &entry.package_licence].into_iter().chain(of_tasks) {
                spdx::Expression::parse(licence).unwrap();
            }
            assert!(!entry.notes.is_empty() && !entry.sources.is_empty(), "{}", entry.id);
            for origin in entry.origins() {
                if let Origin::Package(file) = origin {
                    assert!(is_hex(&file.sha256, 64) && file.file.contains(&file.version), "{}", entry.id);
                }
            }
        }
    }

    #[test]
    fn chapters_are_held_out_as_in_the_pairs() {
        let Splitting::Chapter(by) = &pairs::find("bible-en-de").unwrap().splits else { panic!() };
        let entry = find(DEFAULT).unwrap();
        let shares = entry.sources.iter().filter(|s| matches!(s.text, Text::Chapters(_))).map(|s| &s.splits);
        let of_tasks = entry.tasks.iter().filter_map(|task| match &task.examples {
            Examples::Verses(verses) => Some(&verses.splits),
            _ => None,
        });
        let all: Vec<_> = shares.chain(of_tasks).collect();
        assert_eq!(all.len(), 2);
        for shares in all {
            assert_eq!(
                (&shares.salt, shares.valid_share, shares.test_share),
                (&by.salt, by.valid_share, by.test_share)
            );
        }
    }

    #[test]
    fn topics_are_held_out_as_the_articles_are() {
        let entry = find(DEFAULT).unwrap();
        let leads = entry.sources.iter().find(|s| matches!(s.text, Text::Leads(_))).unwrap();
        let topics = entry.tasks.iter().find_map(|task| match &task.examples {
            Examples::Topics(topics) => Some(topics),
            _ => None,
        });
        assert_eq!(topics.unwrap().splits, leads.splits);
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        let message = find("prose-em").unwrap_err().to_string();
        assert!(message.contains("did you mean 'prose-en'?"), "{message}");
    }
}
