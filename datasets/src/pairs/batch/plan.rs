//! A plan says which pairs share a micro-batch, and in which order the micro-batches come.
//!
//! Pairs of like lengths stand together, so that few places are filled with padding: pairs are ordered by target length
//! and, within one target length, by source length, up and down in turn (a turn at the end of a run keeps neighbours
//! alike). Which of the pairs of equal lengths share a micro-batch, and the order of the micro-batches, are drawn anew
//! in each epoch from (seed, epoch) alone.

use crate::error::{Error, Result};
use crate::pairs::shard::PairShard;
use mos_base::seed::Purpose;
use rand::seq::SliceRandom;

/// The options say how micro-batches are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// The budget: rows x longest side (eos included) is at most this.
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
        match self.eligible(shard).into_iter().map(|i| longest_side(shard, i)).max() {
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

    /// Gives the pairs that are short enough, in the order of the shard.
    fn eligible(&self, shard: &PairShard) -> Vec<u32> {
        // The lengths count eos, which the option does not.
        (0..shard.len() as u32).filter(|i| longest_side(shard, *i) <= self.longest_pair.saturating_add(1)).collect()
    }
}

/// Gives the length of the longer side of a pair, eos included.
fn longest_side(shard: &PairShard, pair: u32) -> usize {
    let (source, target) = shard.lengths(pair as usize);
    source.max(target)
}

/// Plans the micro-batches of one epoch, as pair indices: every pair that is short enough exactly once.
///
/// The plan depends on the shard, the options and the epoch only. A pair that alone exceeds the budget is left out (see
/// [`BatchOptions::check`]).
pub fn plan_epoch(shard: &PairShard, options: &BatchOptions, epoch: u64) -> Vec<Vec<u32>> {
    let mut random = Purpose::Batches.generator(&[options.seed, epoch]);
    let mut pairs = options.eligible(shard);
    // The sort that follows is stable, so that pairs of equal lengths stay shuffled.
    pairs.shuffle(&mut random);
    let mut batches = cut(shard, options, by_length(shard, pairs));
    batches.shuffle(&mut random);
    batches
}

/// Plans micro-batches for evaluation: every pair that is short enough exactly once, always the same, shortest first.
pub fn sequential(shard: &PairShard, options: &BatchOptions) -> Vec<Vec<u32>> {
    cut(shard, options, by_length(shard, options.eligible(shard)))
}

/// Sorts by target length, then by source length up or down in turn; equal lengths keep their order.
fn by_length(shard: &PairShard, mut pairs: Vec<u32>) -> Vec<u32> {
    let key = |i: &u32| {
        let (source, target) = shard.lengths(*i as usize);
        (target, if target % 2 == 0 { source } else { usize::MAX - source })
    };
    pairs.sort_by_cached_key(key);
    pairs
}

/// Cuts a sorted list into micro-batches within the budget.
fn cut(shard: &PairShard, options: &BatchOptions, pairs: Vec<u32>) -> Vec<Vec<u32>> {
    let mut batches = vec![];
    let mut rest = &pairs[..];
    while let Some(first) = rest.first() {
        let mut longest = 0;
        let fit = rest.iter().enumerate().take_while(|(rows, i)| {
            longest = longest.max(longest_side(shard, **i));
            (rows + 1) * longest <= options.max_tokens
        });
        let mut rows = fit.count();
        if rows == 0 {
            assert!(
                longest_side(shard, *first) > options.max_tokens,
                "only a pair over the budget fits in no micro-batch"
            );
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
