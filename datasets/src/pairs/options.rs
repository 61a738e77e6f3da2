//! A corpus of pairs is prepared with these options.

use super::shard::MAX_VOCAB;
use crate::error::{Error, Result};
use mos_base::specials::SPECIALS;
use serde::{Deserialize, Serialize};

/// A pair may be asked for up to this length, in tokens.
const LONGEST: usize = 1024;

/// The options say what a corpus is prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareOptions {
    /// Rows of the joint BPE vocabulary, the 4 specials included; at most 65,535.
    pub vocab_size: usize,
    /// Longest side of a pair, in tokens without eos; longer pairs are left out.
    pub longest_pair: usize,
}

impl Default for PrepareOptions {
    fn default() -> PrepareOptions {
        PrepareOptions { vocab_size: 1500, longest_pair: 120 }
    }
}

impl PrepareOptions {
    /// Refuses an option that is outside its range.
    pub fn check(&self) -> Result<()> {
        if !(SPECIALS + 1..=MAX_VOCAB).contains(&self.vocab_size) {
            let detail = format!("{} is outside {} to {MAX_VOCAB}", self.vocab_size, SPECIALS + 1);
            return Err(Error::Option { option: "vocabulary size", detail });
        }
        if !(1..=LONGEST).contains(&self.longest_pair) {
            let detail = format!("{} is outside 1 to {LONGEST}", self.longest_pair);
            return Err(Error::Option { option: "longest pair", detail });
        }
        Ok(())
    }
}
