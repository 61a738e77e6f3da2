//! Documents come from sources. Each kind of source is one variant of [`Text`] and one module. A small source gives all
//! its documents at once, and a large one gives them in slices.

pub mod addresses;
pub mod chapters;
pub mod column;
pub mod document;
pub mod leads;

use crate::error::Result;
use crate::sources::drawing::Shares;
use crate::sources::origin::Origin;
use addresses::Addresses;
use chapters::Chapters;
use column::Column;
use document::Document;
use leads::Leads;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One source of a corpus.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSource {
    /// The name that the source has in the corpus.
    pub name: String,
    /// Which of its documents are held out.
    pub splits: Shares,
    /// The text.
    pub text: Text,
}

/// The text of a source is of one of these kinds, tagged `kind` in the registry's TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Text {
    /// Lead sections of Wikipedia articles.
    Leads(Leads),
    /// Presidential addresses.
    Addresses(Addresses),
    /// Chapters of a Bible.
    Chapters(Chapters),
    /// A text column of Parquet files on the hub.
    Column(Column),
}

impl Text {
    /// Gives all documents to `each`, in order, and downloads them first if they are not there. `scratch` is an existing
    /// folder for large temporary files, which the caller removes.
    pub fn read(
        &self,
        cache: &Path,
        scratch: &Path,
        progress: &dyn Fn(&str),
        each: &mut dyn FnMut(Vec<Document>) -> Result<()>,
    ) -> Result<()> {
        match self {
            Text::Leads(leads) => each(leads.documents(cache, progress)?),
            Text::Addresses(addresses) => each(addresses.documents(cache, progress)?),
            Text::Chapters(chapters) => each(chapters.documents(cache, scratch, progress)?),
            Text::Column(column) => column.read(cache, progress, each),
        }
    }

    /// Gives the column that is read in slices, if the text is one.
    pub fn sliced(&self) -> Option<&Column> {
        match self {
            Text::Column(column) => Some(column),
            Text::Leads(_) | Text::Addresses(_) | Text::Chapters(_) => None,
        }
    }

    /// Tells whether a document of this name takes part in the draw of what is held out.
    pub fn is_drawn(&self, name: &str) -> bool {
        match self {
            Text::Chapters(chapters) => chapters.is_drawn(name),
            Text::Leads(_) | Text::Addresses(_) | Text::Column(_) => true,
        }
    }

    /// Gives the place that the text comes from.
    pub fn origin(&self) -> Origin<'_> {
        match self {
            Text::Leads(leads) => Origin::Package(&leads.file),
            Text::Addresses(addresses) => Origin::Package(&addresses.file),
            Text::Chapters(chapters) => Origin::Package(&chapters.file),
            Text::Column(column) => Origin::Hub(&column.files),
        }
    }

    /// Gives what decides the text besides the files themselves.
    pub fn rules(&self) -> serde_json::Value {
        match self {
            Text::Leads(leads) => serde_json::json!({"kind": "leads", "member": leads.member}),
            Text::Addresses(addresses) => serde_json::json!({"kind": "addresses", "folder": addresses.folder}),
            Text::Chapters(c) => {
                serde_json::json!({"kind": "chapters", "version": c.version, "undrawn": c.undrawn})
            }
            Text::Column(c) => serde_json::json!({
                "kind": "column", "column": c.column, "rows": c.rows_a_document, "vocabulary": c.vocabulary_share,
            }),
        }
    }
}
