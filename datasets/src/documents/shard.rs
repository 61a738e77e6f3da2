//! A shard holds the token ids of one split's sequences, each from `[CLS]` to `[SEP]` and without padding.

use crate::error::Result;
use crate::rows::{Content, Rows, Writer};
use std::path::Path;

/// The sequences of one split, mapped from their file.
#[derive(Debug)]
pub struct SequenceShard(Rows);

impl SequenceShard {
    /// Maps a shard. Its structure is always checked, and with `verify` its SHA-256 too.
    pub fn open(path: &Path, verify: bool) -> Result<SequenceShard> {
        Rows::open(path, Content::Sequences, verify).map(SequenceShard)
    }

    /// Begins a shard.
    pub(super) fn create(path: &Path) -> Result<Writer> {
        Writer::create(path, Content::Sequences)
    }

    /// Counts the sequences.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is no sequence.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Gives the ids of sequence `i`, `[CLS]` and `[SEP]` included. Panics when `i >= len()`.
    pub fn sequence(&self, i: usize) -> &[u16] {
        self.0.row(i)
    }

    /// Gives the ids of all sequences, one sequence after another.
    pub fn ids(&self) -> &[u16] {
        self.0.numbers()
    }
}
