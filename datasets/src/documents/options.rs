//! A corpus of documents is prepared with these options.

use crate::error::{Error, Result};
use crate::text::wordpiece::SpecialIds;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// A sequence may be asked for of so many tokens, `[CLS]` and `[SEP]` included.
const LENGTHS: RangeInclusive<usize> = 16..=512;

/// The vocabulary by which text becomes ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vocabulary {
    /// WordPiece, trained on the training split.
    Trained {
        /// Rows of the vocabulary, the 5 specials included.
        size: usize,
    },
    /// The vocabulary of `google-bert/bert-base-uncased` on the hub, with its own special ids.
    BertBaseUncased,
}

impl Vocabulary {
    /// Names the vocabulary in the name of a prepared folder.
    pub fn tag(self) -> String {
        match self {
            Vocabulary::Trained { size } => size.to_string(),
            Vocabulary::BertBaseUncased => "bert".into(),
        }
    }
}

/// The options say what a corpus is prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentOptions {
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// Longest sequence, in tokens, `[CLS]` and `[SEP]` included; 16 to 512.
    pub sequence_length: usize,
    /// The training split ends with the sequence that reaches so many tokens; `None` takes all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_tokens_limit: Option<u64>,
}

impl Default for DocumentOptions {
    fn default() -> DocumentOptions {
        DocumentOptions {
            vocabulary: Vocabulary::Trained { size: 2000 },
            sequence_length: 64,
            train_tokens_limit: None,
        }
    }
}

impl DocumentOptions {
    /// Refuses an option that is outside its range.
    pub fn check(&self) -> Result<()> {
        let sizes = SpecialIds::COUNT + 1..=usize::from(u16::MAX);
        if let Vocabulary::Trained { size } = self.vocabulary
            && !sizes.contains(&size)
        {
            let detail = format!("{size} is outside {} to {}", sizes.start(), sizes.end());
            return Err(Error::Option { option: "vocabulary size", detail });
        }
        if !LENGTHS.contains(&self.sequence_length) {
            let detail = format!("{} is outside {} to {}", self.sequence_length, LENGTHS.start(), LENGTHS.end());
            return Err(Error::Option { option: "sequence length", detail });
        }
        if self.train_tokens_limit == Some(0) {
            return Err(Error::Option { option: "limit of training tokens", detail: "must be 1 or more".into() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_options_are_named() {
        let good = DocumentOptions::default();
        assert!(good.check().is_ok());
        for (bad, words) in [
            (DocumentOptions { sequence_length: 15, ..good }, "sequence length: 15 is outside 16 to 512"),
            (
                DocumentOptions { vocabulary: Vocabulary::Trained { size: 5 }, ..good },
                "vocabulary size: 5 is outside 6",
            ),
            (DocumentOptions { train_tokens_limit: Some(0), ..good }, "limit of training tokens"),
        ] {
            let message = bad.check().unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
