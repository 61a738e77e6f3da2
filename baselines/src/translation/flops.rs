//! Counts the FLOPs of a batch of pairs.

use mos_spaces::hat::count::forward_flops;
use mos_spaces::{Arch, SearchSpace};

use super::batch::LengthSums;

/// The forward FLOPs of one subnet as a quadratic in the lengths, so that a batch costs a few products and no loop.
#[derive(Clone, Copy, Debug)]
pub struct PassCost {
    constant: f64,
    source: f64,
    target: f64,
    source_squared: f64,
    target_squared: f64,
    product: f64,
}

impl PassCost {
    /// Reads the coefficients off [`forward_flops`] at six pairs of lengths.
    pub fn new(space: &SearchSpace, arch: &Arch, vocab: i64) -> Self {
        let at = |s, t| forward_flops(space, arch, s, t, vocab) as f64;
        let constant = at(0, 0);
        let curve = |one: f64, two: f64| {
            let squared = (two - 2.0 * one + constant) / 2.0;
            (one - constant - squared, squared)
        };
        let (source, source_squared) = curve(at(1, 0), at(2, 0));
        let (target, target_squared) = curve(at(0, 1), at(0, 2));
        let product = at(1, 1) - constant - source - source_squared - target - target_squared;
        PassCost { constant, source, target, source_squared, target_squared, product }
    }

    /// Returns the forward FLOPs of a batch.
    pub fn forward(&self, sums: &LengthSums) -> f64 {
        self.constant * sums.pairs
            + self.source * sums.source
            + self.target * sums.target
            + self.source_squared * sums.source_squared
            + self.target_squared * sums.target_squared
            + self.product * sums.product
    }
}
