//! Splitting of words and punctuation before BPE, for corpora whose published scores are on split text.

use crate::{Error, Result};
use mos_moses::Moses;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How a corpus is split before BPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pretokenisation {
    /// Not at all: BPE sees the text, and decoding gives it back.
    None,
    /// The Moses rules, hyphens split, nothing escaped.
    Moses,
}

/// The rules for both sides of a corpus.
pub enum Pretokeniser {
    /// Text stays as it is.
    None,
    /// The Moses rules of the two languages.
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

    /// The rules for a pair of languages.
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
    /// The source side, split.
    pub fn source<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.side(0, text)
    }

    /// The target side, split.
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
