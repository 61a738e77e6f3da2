//! What is held out is drawn by hash, so that it does not depend on order, on other corpora, or on a generator.

use mos_base::Split;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// These shares of a text are held out, and a salt says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// A text that goes into the hash, so that another salt draws other names.
    pub salt: String,
    /// Share that is held out for validation.
    pub valid_share: f64,
    /// Share that is held out for testing.
    pub test_share: f64,
}

impl Shares {
    /// Draws from different names that are all known: they are ranked by the SHA-256 of `salt:name`, the first
    /// `test_share` of them (rounded) are test and the next `valid_share` valid. What is not in the answer is train.
    pub fn rank(&self, names: impl IntoIterator<Item = String>) -> HashMap<String, Split> {
        let mut ranked: Vec<([u8; 32], String)> = names.into_iter().map(|name| (self.hash(&name), name)).collect();
        ranked.sort();
        let count = |share: f64| (ranked.len() as f64 * share).round() as usize;
        let (test, valid) = (count(self.test_share), count(self.valid_share));
        let splits = std::iter::repeat_n(Split::Test, test).chain(std::iter::repeat_n(Split::Valid, valid));
        ranked.into_iter().map(|(_, name)| name).zip(splits).collect()
    }

    /// Draws one name of a text that is read in slices: its hash, as a fraction, falls into a share or not.
    pub fn of(&self, name: &str) -> Split {
        match self.fraction(name) {
            f if f < self.test_share => Split::Test,
            f if f < self.test_share + self.valid_share => Split::Valid,
            _ => Split::Train,
        }
    }

    /// Gives the hash of a name as a fraction from 0 to 1.
    pub fn fraction(&self, name: &str) -> f64 {
        let first = u64::from_be_bytes(self.hash(name)[..8].try_into().expect("8 bytes"));
        first as f64 / u64::MAX as f64
    }

    fn hash(&self, name: &str) -> [u8; 32] {
        Sha256::digest(format!("{}:{name}", self.salt).as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_draws_meet_the_shares_and_follow_the_salt() {
        let shares = |salt: &str| Shares { salt: salt.into(), valid_share: 0.1, test_share: 0.05 };
        let names = || (0..4000).map(|i| i.to_string());
        let ranked = shares("a").rank(names());
        let count = |split: Split| ranked.values().filter(|s| **s == split).count();
        assert_eq!((count(Split::Test), count(Split::Valid), count(Split::Train)), (200, 400, 0));
        assert_ne!(ranked, shares("b").rank(names()));
        let drawn: Vec<Split> = names().map(|name| shares("a").of(&name)).collect();
        let share = |split: Split| drawn.iter().filter(|s| **s == split).count() as f64 / 4000.0;
        assert!((share(Split::Test) - 0.05).abs() < 0.015 && (share(Split::Valid) - 0.1).abs() < 0.02);
    }
}
