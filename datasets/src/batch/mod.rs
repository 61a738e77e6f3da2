//! Micro-batches by token budget.
//!
//! Pairs of like lengths stand together, so that few places are filled with [`PAD`]: pairs are ordered by target length
//! and, within one target length, by source length, up and down in turn (a turn at the end of a run keeps neighbours
//! alike). Which of the pairs of equal lengths share a micro-batch, and the order of the micro-batches, are drawn anew
//! in each epoch from (seed, epoch) alone.

pub mod stream;

pub use stream::Stream;

use crate::{EOS, Error, PAD, PairShard, Result};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// How micro-batches are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// Budget: rows x longest side (eos included) is at most this.
    pub max_tokens: usize,
    /// Pairs with a side of more tokens than this (without eos) are left out.
    pub longest_pair: usize,
    /// The number of rows is a multiple of this wherever the budget allows that many rows (fairseq:
    /// `required-batch-size-multiple`, 8 there).
    pub row_multiple: usize,
    /// Seed of the shuffles.
    pub seed: u64,
}

impl BatchOptions {
    /// Refuses options with which some pair could not stand in a micro-batch, or none would be left.
    pub fn check(&self, shard: &PairShard) -> Result<()> {
        if self.row_multiple == 0 {
            return Err(Error::Option { option: "row multiple", detail: "must be 1 or more".into() });
        }
        let lengths = |i| sides(shard, i as usize);
        let longest = self.eligible(shard).into_iter().map(|i| lengths(i).0.max(lengths(i).1)).max();
        match longest {
            None => Err(Error::Option {
                option: "longest pair",
                detail: format!("no pair has at most {} tokens a side; allow longer pairs", self.longest_pair),
            }),
            Some(longest) if longest > self.max_tokens => Err(Error::Option {
                option: "tokens of a micro-batch",
                detail: format!("{} are too few for a pair of {longest} tokens (eos included)", self.max_tokens),
            }),
            Some(_) => Ok(()),
        }
    }

    fn eligible(&self, shard: &PairShard) -> Vec<u32> {
        let fits = |i: &u32| {
            let i = *i as usize;
            shard.source(i).len().max(shard.target(i).len()) <= self.longest_pair
        };
        (0..shard.len() as u32).filter(fits).collect()
    }
}

/// Lengths of both sides with eos.
fn sides(shard: &PairShard, i: usize) -> (usize, usize) {
    (shard.source(i).len() + 1, shard.target(i).len() + 1)
}

/// The micro-batches of one epoch, as pair indices: every pair that is short enough exactly once.
///
/// Depends on the shard, the options and the epoch only. A pair that alone exceeds the budget is left out (see
/// [`BatchOptions::check`]).
pub fn plan_epoch(shard: &PairShard, options: &BatchOptions, epoch: u64) -> Vec<Vec<u32>> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    random.set_stream(epoch);
    let mut pairs = options.eligible(shard);
    // Before the stable sort: ties stay shuffled.
    pairs.shuffle(&mut random);
    let mut batches = cut(shard, options, by_length(shard, pairs));
    batches.shuffle(&mut random);
    batches
}

/// Micro-batches for evaluation: every pair that is short enough exactly once, always the same, shortest first.
pub fn sequential(shard: &PairShard, options: &BatchOptions) -> Vec<Vec<u32>> {
    cut(shard, options, by_length(shard, options.eligible(shard)))
}

/// Sorts by target length, then by source length up or down in turn; equal lengths keep their order.
fn by_length(shard: &PairShard, mut pairs: Vec<u32>) -> Vec<u32> {
    let key = |i: &u32| {
        let (source, target) = sides(shard, *i as usize);
        (target, if target % 2 == 0 { source } else { usize::MAX - source })
    };
    pairs.sort_by_cached_key(key);
    pairs
}

/// Cuts a sorted list into micro-batches within the budget.
fn cut(shard: &PairShard, options: &BatchOptions, pairs: Vec<u32>) -> Vec<Vec<u32>> {
    let longest_side = |i: u32| {
        let (source, target) = sides(shard, i as usize);
        source.max(target)
    };
    let mut batches = vec![];
    let mut rest = &pairs[..];
    while let Some(first) = rest.first() {
        let mut longest = 0;
        let fit = rest.iter().enumerate().take_while(|(rows, i)| {
            longest = longest.max(longest_side(**i));
            (rows + 1) * longest <= options.max_tokens
        });
        let mut rows = fit.count();
        if rows == 0 {
            debug_assert!(longest_side(*first) > options.max_tokens);
            rest = &rest[1..];
            continue;
        }
        if rows < rest.len() && rows > options.row_multiple {
            rows -= rows % options.row_multiple;
        }
        let (batch, after) = rest.split_at(rows);
        batches.push(batch.to_vec());
        rest = after;
    }
    batches
}

/// A micro-batch: matrices in row-major order, one row a pair, filled on the right with [`PAD`].
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
    /// What the decoder reads: eos, then the target without its eos (fairseq's `prev_output_tokens`).
    /// `[rows * target_len]`
    pub decoder_input: Vec<i64>,
    /// What the decoder must write: the target, eos at the end. `[rows * target_len]`
    pub target: Vec<i64>,
    /// Length of each source, eos included. `[rows]`
    pub source_lengths: Vec<i64>,
    /// Length of each target, eos included. `[rows]`
    pub target_lengths: Vec<i64>,
    /// Which pair of the shard each row is. `[rows]`
    pub indices: Vec<u32>,
}

impl Batch {
    /// Tokens in `source` and `target`, eos included.
    pub fn tokens(&self) -> usize {
        self.source_lengths.iter().chain(&self.target_lengths).sum::<i64>() as usize
    }

    /// Places in `source` and `target`: tokens and padding.
    pub fn places(&self) -> usize {
        self.rows * (self.source_len + self.target_len)
    }
}

/// Builds the micro-batch of these pairs. Panics when an index is outside the shard.
pub fn build(shard: &PairShard, indices: &[u32]) -> Batch {
    let lengths: Vec<(usize, usize)> = indices.iter().map(|i| sides(shard, *i as usize)).collect();
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

#[cfg(test)]
mod tests;
