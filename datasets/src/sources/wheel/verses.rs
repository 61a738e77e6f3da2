//! Verse-aligned Bibles stand in one SQLite table `bible(bbName, bNumber, cNumber, vNumber, vText)`: book, chapter and
//! verse numbers are shared by all versions, so that two versions of one verse are a pair.

use super::edition::{Rule, VerseId, clean};
use crate::error::{Error, Result};
use crate::sources::pair::{Part, Raw, RawPair};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// This is what an entry says of the two versions that make the pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verses {
    /// The version of the source side.
    pub source: Version,
    /// The version of the target side.
    pub target: Version,
    /// Chapters that are left out.
    pub drop_chapters: Vec<Chapter>,
}

/// This names one version of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The version's code in the column `bbName`.
    pub version: String,
    /// The cleaning rules of this edition, in order.
    pub rules: Vec<Rule>,
}

/// This names a chapter of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// The number of the book, from 1 to 66.
    pub book: u32,
    /// The number of the chapter, from 1.
    pub chapter: u32,
}

impl Verses {
    /// Reads and cleans all pairs, in the order of the book. A verse that one version lacks is counted.
    pub fn read(&self, database: &Path) -> Result<Raw> {
        let bad = |e: rusqlite::Error| Error::damaged(database, format!("SQLite: {e}"));
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(bad)?;
        let source = read_version(&connection, &self.source).map_err(bad)?;
        let target = read_version(&connection, &self.target).map_err(bad)?;
        let mut targets: HashMap<VerseId, String> = target.into_iter().collect();
        let mut raw = Raw::default();
        let (mut alone, mut dropped) = (0, 0);
        for (verse, source) in source {
            let Some(target) = targets.remove(&verse) else {
                alone += 1;
                continue;
            };
            if self.drop_chapters.contains(&Chapter { book: verse.book, chapter: verse.chapter }) {
                dropped += 1;
                continue;
            }
            raw.pairs.push(RawPair { part: Part::Chapter(verse.book, verse.chapter), source, target });
        }
        raw.left_out.push(("chapter left out by the registry entry".into(), dropped));
        raw.left_out.push(("verse in one version only".into(), alone + targets.len()));
        Ok(raw)
    }
}

impl Version {
    /// Reads the cleaned verses of this version alone, in the order of the book.
    pub fn read(&self, database: &Path) -> Result<Vec<(VerseId, String)>> {
        let bad = |e: rusqlite::Error| Error::damaged(database, format!("SQLite: {e}"));
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(bad)?;
        read_version(&connection, self).map_err(bad)
    }
}

/// Reads the cleaned verses of one version, in the order of the book.
fn read_version(connection: &Connection, version: &Version) -> rusqlite::Result<Vec<(VerseId, String)>> {
    let query =
        "SELECT bNumber, cNumber, vNumber, vText FROM bible WHERE bbName = ?1 ORDER BY bNumber, cNumber, vNumber";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([&version.version], |row| {
        let verse = VerseId { book: row.get(0)?, chapter: row.get(1)?, verse: row.get(2)? };
        let text: String = row.get(3)?;
        Ok((verse, clean(&version.rules, verse, &text)))
    })?;
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_verses_that_both_versions_have() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "CREATE TABLE bible(id INTEGER, bbName TEXT, bNumber INTEGER, cNumber INTEGER, vNumber INTEGER, vText TEXT);
             INSERT INTO bible VALUES (3,'x',1,2,1,'third'), (1,'x',1,1,1,'a `first`'), (2,'x',1,1,2,'alone'),
             (4,'y',1,1,1,'  eins  [und] zwei'), (5,'y',1,2,1,'drei'), (6,'y',1,3,1,'allein'),
             (7,'x',2,1,1,'no'), (8,'y',2,1,1,'nein');",
        )
        .unwrap();
        drop(db);
        let side = |v: &str, rule| Version { version: v.into(), rules: vec![rule] };
        let verses = Verses {
            source: side("x", Rule::BacktickQuotes),
            target: side("y", Rule::SuppliedBrackets),
            drop_chapters: vec![Chapter { book: 2, chapter: 1 }],
        };
        let raw = verses.read(&path).unwrap();
        let texts: Vec<_> = raw.pairs.iter().map(|p| (p.part, p.source.as_str(), p.target.as_str())).collect();
        let expected = [(Part::Chapter(1, 1), "a 'first'", "eins und zwei"), (Part::Chapter(1, 2), "third", "drei")];
        assert_eq!(texts, expected);
        assert_eq!(raw.left_out.iter().map(|l| l.1).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_file_that_is_no_database_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.db");
        std::fs::write(&path, "not a database, but long enough to look at").unwrap();
        let side = Version { version: "x".into(), rules: vec![] };
        let verses = Verses { source: side.clone(), target: side, drop_chapters: vec![] };
        assert!(verses.read(&path).unwrap_err().to_string().contains("b.db"));
    }
}
