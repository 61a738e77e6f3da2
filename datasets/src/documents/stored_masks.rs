//! The masks of a held-out split are drawn once, when the corpus is prepared, so that every network is scored on the
//! same places.
//!
//! Row i of the file is about sequence i of the split's shard: its masked places, and then what the model reads there.

use super::mask::Masked;
use super::shard::SequenceShard;
use crate::error::{Error, Result};
use crate::rows::{Content, Rows, Writer};
use std::path::Path;

/// The masks of one held-out split, mapped from their file.
#[derive(Debug)]
pub struct StoredMasks(Rows);

impl StoredMasks {
    /// Maps the masks that were drawn for a shard. Their structure is always checked, and with `verify` their SHA-256
    /// too.
    pub fn open(path: &Path, shard: &SequenceShard, verify: bool) -> Result<StoredMasks> {
        let rows = Rows::open(path, Content::Masks, verify)?;
        if rows.len() != shard.len() {
            let detail = format!("it masks {} sequences, expected {}", rows.len(), shard.len());
            return Err(Error::damaged(path, detail));
        }
        let fits = |i: usize| {
            let (row, length) = (rows.row(i), shard.sequence(i).len());
            row.len().is_multiple_of(2) && row[..row.len() / 2].iter().all(|place| usize::from(*place) < length)
        };
        match (0..rows.len()).find(|i| !fits(*i)) {
            Some(i) => Err(Error::damaged(path, format!("its row {i} masks places outside the sequence"))),
            None => Ok(StoredMasks(rows)),
        }
    }

    /// Begins a file of masks.
    pub(super) fn create(path: &Path) -> Result<Writer> {
        Writer::create(path, Content::Masks)
    }

    /// Makes the row of one sequence.
    pub(super) fn row(masked: &Masked) -> Vec<u16> {
        let read = masked.positions.iter().map(|place| masked.input[usize::from(*place)]);
        masked.positions.iter().copied().chain(read).collect()
    }

    /// Counts the masked tokens.
    pub fn tokens(&self) -> usize {
        self.0.numbers().len() / 2
    }

    /// Masks sequence `i` of the shard that the masks were drawn for. Panics when `i` is outside it.
    pub fn apply(&self, shard: &SequenceShard, i: usize) -> Masked {
        let (places, read) = self.0.row(i).split_at(self.0.row(i).len() / 2);
        let mut masked = Masked { input: shard.sequence(i).to_vec(), positions: places.to_vec(), targets: vec![] };
        for (place, id) in places.iter().zip(read) {
            masked.targets.push(std::mem::replace(&mut masked.input[usize::from(*place)], *id));
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::mask::mask;
    use crate::rows::write;
    use crate::text::wordpiece::SpecialIds;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn stored_masks_are_those_that_were_drawn_and_wrong_ones_are_refused() {
        let specials = SpecialIds { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 };
        let sequences: Vec<Vec<u16>> =
            (1..40).map(|n| [vec![0], vec![5 + n; usize::from(n)], vec![2]].concat()).collect();
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let drawn: Vec<Masked> = sequences.iter().map(|ids| mask(ids, &specials, 60, &mut random)).collect();
        let dir = tempfile::tempdir().unwrap();
        let (shard, masks) = (dir.path().join("x.shard"), dir.path().join("x.masks"));
        write(&shard, Content::Sequences, &sequences).unwrap();
        write(&masks, Content::Masks, &drawn.iter().map(StoredMasks::row).collect::<Vec<_>>()).unwrap();
        let shard = SequenceShard::open(&shard, true).unwrap();
        let stored = StoredMasks::open(&masks, &shard, true).unwrap();
        let back: Vec<Masked> = (0..shard.len()).map(|i| stored.apply(&shard, i)).collect();
        assert_eq!(back, drawn);
        assert_eq!(stored.tokens(), drawn.iter().map(|m| m.positions.len()).sum::<usize>());
        for wrong in [vec![vec![]; 38], vec![vec![60, 5]; 39], vec![vec![1]; 39]] {
            write(&masks, Content::Masks, &wrong).unwrap();
            let message = StoredMasks::open(&masks, &shard, true).unwrap_err().to_string();
            assert!(message.contains("x.masks"), "{message}");
        }
    }
}
