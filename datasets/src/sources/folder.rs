//! A corpus can be a folder of one's own text. Each split is two files with one sentence a line, and line N of both is
//! a pair.
//!
//! ```text
//! my-text-en-de/ train.en train.de valid.en valid.de test.en test.de
//! ```
//!
//! The languages are the extensions. The direction is that of the folder's name where it holds `SRC-TGT`, as above, or
//! the same with `_` or `.` in between; else it is alphabetical, and a warning says so. Other files are ignored.

use super::pair::{Part, Raw, RawPair};
use crate::error::{Error, Result};
use crate::text::normalise::normalise;
use crate::text::script::Script;
use mos_base::traces::Traces;
use mos_base::{Split, files, plain_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// So many lines of each file tell how it is written.
const LOOKED_AT: usize = 2000;

/// This folder was seen to have all six files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// The folder's absolute path.
    pub path: PathBuf,
    /// Extension of the source side.
    pub source_language: String,
    /// Extension of the target side.
    pub target_language: String,
}

impl Folder {
    /// Finds the languages and checks that no file is missing.
    pub fn open(path: &Path) -> Result<Folder> {
        let path = std::path::absolute(path).map_err(Error::io("resolve", path))?;
        let error = |detail: String| Error::Folder { path: path.clone(), detail };
        let found = split_files(&path)?;
        let languages: BTreeSet<&str> = found.iter().map(|(_, l)| l.as_str()).collect();
        let languages: Vec<&str> = languages.into_iter().collect();
        let [first, second] = languages[..] else {
            return Err(error(format!(
                "found {} where two are needed; a corpus is train.SRC, train.TGT, valid.SRC, valid.TGT, \
                 test.SRC, test.TGT, \
                 such as train.en and train.de",
                match languages.len() {
                    0 => "no languages".to_string(),
                    n => format!("{n} language{} ({})", if n == 1 { "" } else { "s" }, languages.join(", ")),
                }
            )));
        };
        for split in Split::ALL {
            for language in [first, second] {
                if !found.contains(&(split, language.to_string())) {
                    let both = format!("{split}.{first} and {split}.{second}");
                    return Err(error(format!("{split}.{language} is missing; each split is two files, {both}")));
                }
            }
        }
        let (source, target) = direction(&path, first, second).unwrap_or((first, second));
        Ok(Folder { path: path.clone(), source_language: source.to_string(), target_language: target.to_string() })
    }

    /// Says what a user should know before training on the text: a direction that nobody chose, and text that is not
    /// plain. The same text under the same name gives the same warnings.
    pub(super) fn warnings(&self) -> Result<Vec<String>> {
        let (source, target) = (&self.source_language, &self.target_language);
        let mut warnings = vec![];
        if direction(&self.path, source, target).is_none() {
            warnings.push(format!(
                "Direction {source} to {target}, by the alphabet, since the folder's name holds neither {source}-{target} \
                 nor {target}-{source}; rename it to end in -{target}-{source} for the other direction, or in \
                 -{source}-{target} for this one."
            ));
        }
        for language in [source, target] {
            let lines = self.first_lines(language)?;
            if let Some(words) = Traces::of(lines.iter().map(String::as_str)).words() {
                warnings.push(format!(
                    "The .{language} files do not look like plain text, but {words}: BPE would be learnt on that, and scores \
                     would not be those of plain text; undo it first (pieces: `sed -E 's/@@( |$)//g'`; the rest: Moses' \
                     detokenizer.perl)."
                ));
            }
            if language == target && !Script::of(lines.iter().map(String::as_str)).spaced {
                warnings.push(format!(
                    "The .{language} files have hardly any blanks between words, and BLEU (13a) takes each run of letters for \
                     one word; read chrF instead."
                ));
            }
        }
        Ok(warnings)
    }

    /// Reads the first lines of all files of a language, whatever bytes they hold.
    fn first_lines(&self, language: &str) -> Result<Vec<String>> {
        let mut lines = vec![];
        for split in Split::ALL {
            let path = self.file(split, language);
            let file = File::open(&path).map_err(Error::io("read", &path))?;
            for line in BufReader::new(file).split(b'\n').take(LOOKED_AT) {
                let line = line.map_err(Error::io("read", &path))?;
                lines.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
        Ok(lines)
    }

    fn file(&self, split: Split, language: &str) -> PathBuf {
        self.path.join(format!("{split}.{language}"))
    }

    /// Reads and normalises all pairs.
    pub(super) fn read(&self) -> Result<Raw> {
        let mut raw = Raw::default();
        for split in Split::ALL {
            let (source_path, target_path) =
                (self.file(split, &self.source_language), self.file(split, &self.target_language));
            let (source, target) = (read_lines(&source_path)?, read_lines(&target_path)?);
            if source.len() != target.len() {
                let name = |p: &Path| p.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let detail = format!(
                    "{} has {} lines and {} has {}; line N of one must be the translation of line N of the other",
                    name(&source_path),
                    source.len(),
                    name(&target_path),
                    target.len()
                );
                return Err(Error::Folder { path: self.path.clone(), detail });
            }
            let pairs = source.into_iter().zip(target);
            raw.pairs.extend(pairs.map(|(source, target)| RawPair { part: Part::Given(split), source, target }));
        }
        Ok(raw)
    }

    /// Gives what decides the text: the languages and the hashes of the six files.
    pub(super) fn identity(&self) -> Result<serde_json::Value> {
        let mut hashes = vec![];
        for split in Split::ALL {
            for language in [&self.source_language, &self.target_language] {
                hashes.push(files::sha256_file(&self.file(split, language))?);
            }
        }
        Ok(serde_json::json!({
            "kind": "folder", "source": self.source_language, "target": self.target_language, "files": hashes
        }))
    }
}

/// Finds the direction that a folder's name tells: two language codes side by side, separated by anything but letters and
/// digits. Where both directions stand there, the last one counts.
fn direction<'a>(folder: &Path, first: &'a str, second: &'a str) -> Option<(&'a str, &'a str)> {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let name = parts(&folder.file_name()?.to_string_lossy());
    let last = |source: &str, target: &str| {
        let pair = [parts(source), parts(target)].concat();
        name.windows(pair.len().max(1)).rposition(|window| window == pair)
    };
    match (last(first, second), last(second, first)) {
        (None, None) => None,
        (forward, backward) if forward > backward => Some((first, second)),
        _ => Some((second, first)),
    }
}

/// Lists the files of the folder that are named like a split, as (split, language).
fn split_files(path: &Path) -> Result<BTreeSet<(Split, String)>> {
    let mut found = BTreeSet::new();
    for item in std::fs::read_dir(path).map_err(Error::io("read the folder", path))? {
        let name = item.map_err(Error::io("read the folder", path))?.file_name().to_string_lossy().into_owned();
        let Some((stem, language)) = name.split_once('.') else { continue };
        if let Some(split) = Split::ALL.into_iter().find(|s| s.to_string() == stem)
            && !language.contains(['.', '~'])
        {
            found.insert((split, language.to_string()));
        }
    }
    Ok(found)
}

/// Reads the normalised lines of a UTF-8 file. A byte-order mark is dropped; a line ends in `\n` or
/// `\r\n`.
fn read_lines(path: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let text = plain_text::decode(&bytes).map_err(|detail| Error::Folder { path: path.to_path_buf(), detail })?;
    Ok(text.lines().map(normalise).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(dir: &Path, name: &str, languages: [&str; 2]) -> PathBuf {
        let folder = dir.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for split in Split::ALL {
            for language in languages {
                std::fs::write(
                    folder.join(format!("{split}.{language}")),
                    format!("{split} {language}\n two  words\n"),
                )
                .unwrap();
            }
        }
        folder
    }

    #[test]
    fn direction_comes_from_the_name_else_the_alphabet() {
        let dir = tempfile::tempdir().unwrap();
        for (name, source) in [
            ("mine-en-de", "en"),
            ("mine", "de"),
            ("mine-de-en", "de"),
            ("wmt14_en_de", "en"),
            ("en-de.clean", "en"),
            ("iwslt14.tokenized.EN-DE", "en"),
            ("de-en-de", "en"),
            ("open-demo", "de"),
        ] {
            let folder = Folder::open(&make(dir.path(), name, ["en", "de"])).unwrap();
            assert_eq!(folder.source_language, source, "{name}");
            let raw = folder.read().unwrap();
            assert_eq!(raw.pairs.len(), 6);
            assert_eq!(raw.pairs[1].source, "two words");
            assert_eq!(raw.pairs[0].source, format!("train {source}"));
            assert_eq!(raw.pairs[4].part, Part::Given(Split::Test));
        }
    }

    #[test]
    fn codes_of_several_parts_are_found_in_the_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["news-pt_BR-en", "news_pt-br_en.v2"] {
            let folder = Folder::open(&make(dir.path(), name, ["en", "pt_BR"])).unwrap();
            assert_eq!(folder.source_language, "pt_BR", "{name}");
        }
    }

    #[test]
    fn a_direction_by_the_alphabet_and_text_that_is_not_plain_are_warned_of() {
        let dir = tempfile::tempdir().unwrap();
        let warnings = |name: &str| Folder::open(&dir.path().join(name)).unwrap().warnings().unwrap();
        make(dir.path(), "mine", ["en", "de"]);
        let said = warnings("mine");
        assert!(said.len() == 1 && said[0].contains("Direction de to en, by the alphabet"), "{said:?}");
        assert!(said[0].contains("-en-de"), "{said:?}");
        let folder = make(dir.path(), "mine-en-de", ["en", "de"]);
        assert_eq!(warnings("mine-en-de"), [""; 0]);
        std::fs::write(folder.join("train.de"), "der Gar@@ ten &apos;s .\n".repeat(20)).unwrap();
        let said = warnings("mine-en-de");
        assert!(said.len() == 1 && said[0].starts_with("The .de files do not look like plain text"), "{said:?}");
        assert!(said[0].contains("in 20 of 24 lines"), "{said:?}");
        std::fs::write(folder.join("train.de"), "这座城市下雨前看见两个重箱子\n".repeat(20)).unwrap();
        assert!(warnings("mine-en-de")[0].contains("read chrF instead"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let says = |folder: &Path, words: &[&str]| {
            let message = Folder::open(folder).and_then(|f| f.read()).unwrap_err().to_string();
            assert!(words.iter().all(|w| message.contains(w)), "{message}");
            assert_eq!(message.lines().count(), 1);
        };
        let folder = make(dir.path(), "f", ["en", "de"]);
        std::fs::write(folder.join("train.de"), "one line\n").unwrap();
        says(&folder, &["train.de has 1 lines", "train.en has 2"]);
        std::fs::write(folder.join("train.de"), b"ok\n\xff\n").unwrap();
        says(&folder, &["train.de", "line 2 is not UTF-8"]);
        std::fs::write(folder.join("train.de"), b"\xff\xfea\0\n\0").unwrap();
        says(&folder, &["train.de", "UTF-16LE"]);
        std::fs::remove_file(folder.join("test.de")).unwrap();
        says(&folder, &["test.de is missing"]);
        std::fs::write(folder.join("train.fr"), "").unwrap();
        says(&folder, &["3 languages (de, en, fr)"]);
        let empty = dir.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        says(&empty, &["no languages", "train.SRC"]);
    }

    #[test]
    fn identity_follows_the_content_and_not_the_place() {
        let dir = tempfile::tempdir().unwrap();
        let a = Folder::open(&make(dir.path(), "a", ["en", "de"])).unwrap();
        let b = make(dir.path(), "b", ["en", "de"]);
        assert_eq!(a.identity().unwrap(), Folder::open(&b).unwrap().identity().unwrap());
        std::fs::write(b.join("valid.en"), "other\ntext\n").unwrap();
        assert_ne!(a.identity().unwrap(), Folder::open(&b).unwrap().identity().unwrap());
    }
}
