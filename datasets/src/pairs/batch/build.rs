//! A micro-batch holds the ids of its pairs in padded matrices.

use crate::pairs::shard::PairShard;
use mos_base::specials::{EOS, PAD};

/// A micro-batch is matrices in row-major order, with one row for each pair, filled on the right with [`PAD`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Rows of all matrices.
    pub rows: usize,
    /// Columns of `source`: the longest source, eos included.
    pub source_len: usize,
    /// Columns of `decoder_input` and `target`: the longest target, eos included.
    pub target_len: usize,
    /// Source ids, eos at the end. `[rows * source_len]`
    pub source: Vec<i64>,
    /// What the decoder reads, which is eos and then the target without its eos (fairseq's `prev_output_tokens`).
    /// `[rows * target_len]`
    pub decoder_input: Vec<i64>,
    /// What the decoder must write, which is the target with eos at the end. `[rows * target_len]`
    pub target: Vec<i64>,
    /// Length of each source, eos included. `[rows]`
    pub source_lengths: Vec<i64>,
    /// Length of each target, eos included. `[rows]`
    pub target_lengths: Vec<i64>,
    /// Which pair of the shard each row is. `[rows]`
    pub indices: Vec<u32>,
}

impl Batch {
    /// Counts the tokens in `source` and `target`, eos included.
    pub fn tokens(&self) -> usize {
        self.source_lengths.iter().chain(&self.target_lengths).sum::<i64>() as usize
    }

    /// Counts the places in `source` and `target`, be they filled by tokens or by padding.
    pub fn places(&self) -> usize {
        self.rows * (self.source_len + self.target_len)
    }
}

/// Builds the micro-batch of these pairs. Panics when an index is outside the shard.
pub fn build(shard: &PairShard, indices: &[u32]) -> Batch {
    let lengths: Vec<(usize, usize)> = indices.iter().map(|i| shard.lengths(*i as usize)).collect();
    let rows = indices.len();
    let source_len = lengths.iter().map(|l| l.0).max().unwrap_or(0);
    let target_len = lengths.iter().map(|l| l.1).max().unwrap_or(0);
    let pad = i64::from(PAD);
    let mut source = vec![pad; rows * source_len];
    let mut target = vec![pad; rows * target_len];
    let mut decoder_input = target.clone();
    for (row, i) in indices.iter().enumerate() {
        let (from, to) = (shard.source(*i as usize), shard.target(*i as usize));
        fill(&mut source[row * source_len..], from, None);
        fill(&mut target[row * target_len..], to, None);
        fill(&mut decoder_input[row * target_len..], to, Some(EOS));
    }
    Batch {
        rows,
        source_len,
        target_len,
        source,
        decoder_input,
        target,
        source_lengths: lengths.iter().map(|l| l.0 as i64).collect(),
        target_lengths: lengths.iter().map(|l| l.1 as i64).collect(),
        indices: indices.to_vec(),
    }
}

/// Writes `ids` with eos after them, or with `first` before them.
fn fill(row: &mut [i64], ids: &[u16], first: Option<u32>) {
    let shift = usize::from(first.is_some());
    for (place, id) in row[shift..].iter_mut().zip(ids) {
        *place = i64::from(*id);
    }
    match first {
        Some(first) => row[0] = i64::from(first),
        None => row[ids.len()] = i64::from(EOS),
    }
}
