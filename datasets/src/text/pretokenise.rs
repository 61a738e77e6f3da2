//! Words and punctuation are separated before BPE, for corpora whose published scores are on text that is separated so.

use crate::error::{Error, Result};
use mos_moses::Moses;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// This says how words and punctuation of a corpus are separated before BPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pretokenisation {
    /// They are not separated: BPE sees the text, and decoding gives it back.
    None,
    /// They are separated by the Moses rules, with hyphens between letters split and nothing escaped.
    Moses,
}

/// These are the rules for both sides of a corpus, ready to be applied.
pub enum Pretokeniser {
    /// Text is left as it is.
    None,
    /// The Moses rules of the two languages are applied.
    Moses(Box<[Moses; 2]>),
}

impl Pretokenisation {
    /// Names the rules and their version, for the manifest; `None` where text stays as it is.
    pub fn tag(self) -> Option<String> {
        match self {
            Pretokenisation::None => None,
            Pretokenisation::Moses => Some(mos_moses::RULES.to_string()),
        }
    }

    /// Makes the rules for a pair of languages; an error for a language that has none.
    pub fn of(self, source_language: &str, target_language: &str) -> Result<Pretokeniser> {
        let moses = |language: &str| {
            Moses::new(language).map_err(|e| Error::Option { option: "pre-tokenisation", detail: e.to_string() })
        };
        Ok(match self {
            Pretokenisation::None => Pretokeniser::None,
            Pretokenisation::Moses => Pretokeniser::Moses(Box::new([moses(source_language)?, moses(target_language)?])),
        })
    }
}

impl Pretokeniser {
    /// Separates the words of a sentence of the source side.
    pub fn source<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.side(0, text)
    }

    /// Separates the words of a sentence of the target side.
    pub fn target<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.side(1, text)
    }

    fn side<'a>(&self, side: usize, text: &'a str) -> Cow<'a, str> {
        match self {
            Pretokeniser::None => Cow::Borrowed(text),
            Pretokeniser::Moses(moses) => Cow::Owned(moses[side].tokenise(text)),
        }
    }
}
