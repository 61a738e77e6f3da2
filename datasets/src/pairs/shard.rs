//! A shard holds the token ids of one split's pairs, without bos and eos.

use crate::error::Result;
use crate::rows::{self, Content, Rows};
use std::path::Path;

/// This is the largest vocabulary that the ids of a shard can hold.
pub const MAX_VOCAB: usize = u16::MAX as usize;

/// The pairs of one split, mapped from their file.
#[derive(Debug)]
pub struct PairShard(Rows);

/// A writer writes a shard pair by pair, and needs no more memory for a longer one.
#[derive(Debug)]
pub struct Writer(rows::Writer);

impl Writer {
    /// Begins a shard; a second file beside it holds the token ids until it is finished.
    pub fn create(path: &Path) -> Result<Writer> {
        rows::Writer::create(path, Content::Pairs).map(Writer)
    }

    /// Adds a pair of (source, target) ids, without bos and eos.
    pub fn push(&mut self, source: &[u16], target: &[u16]) -> Result<()> {
        self.0.push(source)?;
        self.0.push(target)
    }

    /// Completes the shard and syncs it.
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}

impl PairShard {
    /// Maps a shard. Its structure is always checked, and with `verify` its SHA-256 too.
    pub fn open(path: &Path, verify: bool) -> Result<PairShard> {
        Rows::open(path, Content::Pairs, verify).map(PairShard)
    }

    /// Counts the pairs.
    pub fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// Tells whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the source ids of pair `i`, without bos and eos. Panics when `i >= len()`.
    pub fn source(&self, i: usize) -> &[u16] {
        self.0.row(2 * i)
    }

    /// Gives the target ids of pair `i`, without bos and eos. Panics when `i >= len()`.
    pub fn target(&self, i: usize) -> &[u16] {
        self.0.row(2 * i + 1)
    }

    /// Gives the lengths of the source and the target of pair `i`, eos included. Panics when `i >= len()`.
    pub fn lengths(&self, i: usize) -> (usize, usize) {
        (self.source(i).len() + 1, self.target(i).len() + 1)
    }

    /// Gives the largest id in the shard, for a check against the vocabulary.
    pub fn largest_id(&self) -> Option<u16> {
        self.0.numbers().iter().copied().max()
    }
}

/// Writes a shard with these pairs of (source, target) ids and syncs it.
#[cfg(test)]
pub(crate) fn write(path: &Path, pairs: &[(Vec<u16>, Vec<u16>)]) -> Result<()> {
    let mut writer = Writer::create(path)?;
    pairs.iter().try_for_each(|(source, target)| writer.push(source, target))?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn stored(pairs: &[(Vec<u16>, Vec<u16>)]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.shard");
        write(&path, pairs).unwrap();
        (dir, path)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in proptest::collection::vec(
            (proptest::collection::vec(any::<u16>(), 0..9), proptest::collection::vec(any::<u16>(), 0..9)), 0..20)
        ) {
            let (_dir, path) = stored(&pairs);
            let shard = PairShard::open(&path, true).unwrap();
            prop_assert_eq!(shard.len(), pairs.len());
            for (i, (source, target)) in pairs.iter().enumerate() {
                prop_assert_eq!(shard.source(i), &source[..]);
                prop_assert_eq!(shard.target(i), &target[..]);
                prop_assert_eq!(shard.lengths(i), (source.len() + 1, target.len() + 1));
            }
        }
    }

    #[test]
    fn the_file_is_laid_out_as_its_format_says() {
        let (_dir, path) = stored(&[(vec![5, 6], vec![7]), (vec![], vec![8, 9, 10])]);
        let mut expected = b"MOSPAIRS\x01\0\0\0\0\0\0\0".to_vec();
        let numbers = |numbers: &[u64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        expected.extend(numbers(&[2, 6, 0, 0, 0, 0, 0, 2, 3, 3, 6]));
        expected.extend([5u16, 6, 7, 8, 9, 10].iter().flat_map(|id| id.to_le_bytes()));
        let hash = Sha256::digest(&expected);
        expected[32..64].copy_from_slice(&hash);
        assert_eq!(std::fs::read(&path).unwrap(), expected);
    }
}
