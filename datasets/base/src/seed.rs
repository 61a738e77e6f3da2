//! Derives seeds: every random draw is a function of counters, so a resumed job repeats it exactly.
//!
//! Each [`Purpose`] has streams of its own. Two purposes that share a seed draw unrelated numbers: the subnet that update 0
//! trains says nothing of the first subnet that is scored.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What random numbers are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// First values of shared parameters and of experts.
    FirstValues,
    /// First values of routers.
    RouterValues,
    /// The random subnet of an update.
    TrainedSubnet,
    /// The subnets that are scored.
    ScoredSubnets,
    /// The order of training examples.
    Batches,
    /// The masks of training sequences.
    Masks,
    /// Dropout of routers.
    RouterDropout,
    /// Dropout of the model.
    ModelDropout,
    /// The subnets whose latency is measured for the predictor.
    LatencySample,
    /// The subnets over which mixing coefficients are compared.
    MixingProbes,
    /// The blocks that are scored when pools shrink.
    PoolSample,
    /// Splits of a table of latencies.
    LatencySplit,
    /// The network that predicts latencies.
    LatencyNetwork,
    /// Subnets that show which costs a space reaches.
    LimitProbes,
    /// Evolutionary search.
    Search,
    /// Random search, its control.
    RandomSearch,
}

impl Purpose {
    /// Returns the generator of one of its streams, which `words` number.
    pub fn generator(self, words: &[u64]) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed(words) as u64)
    }

    /// Returns the seed of one of its streams, non-negative for `tch::manual_seed`.
    pub fn seed(self, words: &[u64]) -> i64 {
        let mut state = fold(0x9e37_79b9_7f4a_7c15, name(&format!("{self:?}")));
        for &word in words {
            state = fold(state, word);
        }
        (state >> 1) as i64
    }
}

/// Returns a stable 64-bit hash of a name (FNV-1a).
pub fn name(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Mixes a word into a state (SplitMix64's finaliser).
fn fold(state: u64, word: u64) -> u64 {
    finalise(state ^ finalise(word.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_depend_on_the_purpose_on_every_word_and_on_their_order() {
        let seed = |words: &[u64]| Purpose::Batches.seed(words);
        assert_ne!(seed(&[1, 2]), seed(&[2, 1]));
        assert_ne!(seed(&[1]), seed(&[1, 0]));
        assert_ne!(seed(&[1]), Purpose::Search.seed(&[1]));
        assert!(seed(&[u64::MAX, 7]) >= 0);
    }
}
