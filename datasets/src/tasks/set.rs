//! A task set is a registry entry of its own, and is prepared with the vocabulary of a corpus.

use super::card::TaskCard;
use super::spec::TaskEntry;
use super::task::Task;
use super::write::{self, write_all};
use crate::cache;
use crate::documents::corpus::Documents;
use crate::error::{Error, Result};
use crate::hub::pins::Pinned;
use crate::once;
use crate::pairs::manifest::FileCard;
use crate::sealed::Sealed;
use crate::sources::origin::Origin;
use crate::sources::registry::unknown;
use crate::text::wordpiece::SpecialIds;
use mos_base::files;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// This is the version of the folder's layout and of everything that decides its content, as that of a corpus is.
pub const FORMAT: u32 = 1;
/// This file says what the set is, and has the hash of every other file.
const MANIFEST: &str = "manifest.json";

/// An entry describes one set of tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSetEntry {
    /// The set's id.
    pub id: String,
    /// The title that people read.
    pub title: String,
    /// Licence of the texts.
    pub text_licence: String,
    /// How to cite the set.
    pub citation: String,
    /// What a reader must know.
    pub notes: Vec<String>,
    /// The tasks.
    pub tasks: Vec<TaskEntry>,
}

static ENTRIES: LazyLock<Vec<TaskSetEntry>> = LazyLock::new(|| {
    let texts = [include_str!("../../registry/glue.toml")];
    // A test parses every entry, so that this cannot fail in a build that passed its tests.
    texts.iter().map(|text| toml::from_str(text).expect("registry entries are checked by a test")).collect()
});

/// Gives all entries.
pub fn all() -> &'static [TaskSetEntry] {
    &ENTRIES
}

/// Finds the entry with this id. The error for an unknown one offers an id that is like it.
pub fn find(id: &str) -> Result<&'static TaskSetEntry> {
    let known: Vec<&str> = all().iter().map(|e| e.id.as_str()).collect();
    all().iter().find(|e| e.id == id).ok_or_else(|| unknown(id, &known, ""))
}

impl TaskSetEntry {
    /// Gives the places that the examples come from.
    pub fn origins(&self) -> Vec<Origin<'_>> {
        self.tasks.iter().flat_map(TaskEntry::origins).collect()
    }
}

/// A manifest says what a prepared task set is. It holds no path and no time, so that it is the same on any machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSetManifest {
    /// The value of [`FORMAT`] by which the folder was made.
    pub format: u32,
    /// SHA-256 of this file's text with this field empty.
    pub manifest_sha256: String,
    /// Hash of the data, which is the SHA-256 over the format and the hash of every prepared file.
    pub hash: String,
    /// Registry id.
    pub id: String,
    /// The title that people read.
    pub title: String,
    /// Licence of the texts.
    pub text_licence: String,
    /// How to cite the set.
    pub citation: String,
    /// Remarks for the report.
    pub notes: Vec<String>,
    /// The id of the corpus whose vocabulary was used.
    pub corpus: String,
    /// SHA-256 of the vocabulary file.
    pub vocabulary_sha256: String,
    /// Longest example, in tokens.
    pub sequence_length: usize,
    /// The ids of the special tokens.
    pub specials: SpecialIds,
    /// The tasks.
    pub tasks: Vec<TaskCard>,
    /// The files of the hub that the examples were made of, and who vouches for their hashes.
    pub pinned: Vec<Pinned>,
    /// All other files of the folder.
    pub files: Vec<FileCard>,
}

impl Sealed for TaskSetManifest {
    const FORMAT: u32 = FORMAT;

    fn format(&self) -> u32 {
        self.format
    }

    fn hash_field(&mut self) -> &mut String {
        &mut self.manifest_sha256
    }
}

impl TaskSetManifest {
    /// Reads and checks the manifest of a folder: any changed byte is seen.
    pub fn read(folder: &Path) -> Result<TaskSetManifest> {
        TaskSetManifest::read_from(&folder.join(MANIFEST))
    }

    /// Checks every file of the folder against its size, and with `verify` against its SHA-256.
    pub fn check_files(&self, folder: &Path, verify: bool) -> Result<()> {
        self.files.iter().try_for_each(|card| card.check(folder, verify))
    }
}

/// A prepared task set.
#[derive(Debug)]
pub struct TaskSet {
    folder: PathBuf,
    manifest: TaskSetManifest,
}

impl TaskSet {
    /// Opens the folder that [`prepare`] gave. Sizes are always checked, and with `verify` the SHA-256 of every file.
    pub fn open(folder: &Path, verify: bool) -> Result<TaskSet> {
        let manifest = TaskSetManifest::read(folder)?;
        manifest.check_files(folder, verify)?;
        Ok(TaskSet { folder: folder.to_path_buf(), manifest })
    }

    /// Gives what the set is and how it was made.
    pub fn manifest(&self) -> &TaskSetManifest {
        &self.manifest
    }

    /// Opens a task by its name.
    pub fn task(&self, name: &str) -> Result<Task> {
        let m = &self.manifest;
        Task::find(&self.folder, &m.id, &m.tasks, name, m.specials)
    }
}

/// Prepares a task set in the default cache with the vocabulary and the sequence length of a corpus, and gives its
/// folder. This is quick when the folder is there already; a damaged one is made again.
pub fn prepare(id: &str, corpus: &Documents, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    prepare_in(&cache::root()?, find(id)?, corpus, progress)
}

/// Does what [`prepare`] does, with a given cache root and entry.
pub fn prepare_in(cache: &Path, entry: &TaskSetEntry, corpus: &Documents, progress: &dyn Fn(&str)) -> Result<PathBuf> {
    let options = corpus.manifest().options;
    let hashes = entry.origins().iter().map(|o| o.hashes(cache, progress)).collect::<Result<Vec<_>>>()?;
    let vocabulary = files::sha256(corpus.tokenizer().to_text().as_bytes());
    let asked: Vec<_> = entry.tasks.iter().map(|task| (&task.name, &task.asks)).collect();
    let decides = serde_json::json!({
        "format": FORMAT, "files": hashes, "tasks": asked, "vocabulary": vocabulary, "corpus": corpus.manifest().id,
        "length": options.sequence_length, "card": [entry.title, entry.text_licence, entry.citation],
        "notes": entry.notes,
    });
    let key = files::sha256(decides.to_string().as_bytes());
    let name = format!("{}-v{}-s{}-{}", entry.id, options.vocabulary.tag(), options.sequence_length, &key[..16]);
    let sound = |folder: &Path| TaskSetManifest::read(folder).and_then(|m| m.check_files(folder, true));
    once::make(cache, &name, &sound, &|out| make(cache, entry, corpus, out, progress), progress)
}

/// Makes all files of the set in the folder `out`.
fn make(cache: &Path, entry: &TaskSetEntry, corpus: &Documents, out: &Path, progress: &dyn Fn(&str)) -> Result<()> {
    let scratch = out.join("scratch");
    files::make_folder(&scratch)?;
    let (vocabulary, length) = (corpus.tokenizer(), corpus.manifest().options.sequence_length);
    let tasks = write_all(out, &entry.tasks, vocabulary, length, cache, &scratch, progress)?;
    files::remove_folder(&scratch)?;
    let origins = entry.origins();
    let pinned = origins.iter().map(|origin| origin.pinned(cache, progress)).collect::<Result<Vec<_>>>()?;
    let names = tasks.iter().flat_map(|task| write::files(&task.name));
    let cards = names.map(|name| FileCard::of(out, name)).collect::<Result<Vec<_>>>()?;
    let decides = serde_json::json!({"format": FORMAT, "files": cards});
    let manifest = TaskSetManifest {
        format: FORMAT,
        manifest_sha256: String::new(),
        hash: files::sha256(decides.to_string().as_bytes()),
        id: entry.id.clone(),
        title: entry.title.clone(),
        text_licence: entry.text_licence.clone(),
        citation: entry.citation.clone(),
        notes: entry.notes.clone(),
        corpus: corpus.manifest().id.clone(),
        vocabulary_sha256: files::sha256(vocabulary.to_text().as_bytes()),
        sequence_length: length,
        specials: corpus.specials(),
        tasks,
        pinned: pinned.into_iter().flatten().collect(),
        files: cards,
    };
    let path = out.join(MANIFEST);
    files::write_synced(&path, manifest.sealed().to_json().as_bytes()).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::card::TaskKind;
    use crate::tasks::spec::Examples;
    use mos_base::Split;

    #[test]
    fn glue_parses_and_has_the_published_tasks() {
        let glue = find("glue").unwrap();
        let names: Vec<&str> = glue.tasks.iter().map(|task| task.name.as_str()).collect();
        assert_eq!(names, ["mnli", "cola", "mrpc", "sst2", "qnli", "qqp", "rte", "stsb"]);
        for task in &glue.tasks {
            let Examples::Columns(columns) = &task.examples else { panic!() };
            assert!((1..=2).contains(&columns.texts.len()), "{}", task.name);
            assert!(columns.train.prefix.starts_with(&format!("{}/train-", task.name)));
            assert!(columns.valid.prefix.starts_with(&format!("{}/validation", task.name)));
            assert_eq!((columns.train.split, columns.valid.split), (Split::Train, Split::Valid));
            assert_eq!(task.asks == TaskKind::Rating, task.name == "stsb");
        }
        assert!(find("glu").unwrap_err().to_string().contains("did you mean 'glue'?"));
    }
}
