//! Derives seeds: every random draw is a function of counters, so a resumed job repeats it exactly.

/// Mixes words into one seed (SplitMix64 finaliser over a running sum), non-negative for `tch::manual_seed`.
pub fn derive(words: &[u64]) -> i64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for &word in words {
        state = finalise(state ^ finalise(word.wrapping_add(0x9e37_79b9_7f4a_7c15)));
    }
    (state >> 1) as i64
}

/// Returns a stable 64-bit hash of a name (FNV-1a).
pub fn name(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
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
    fn seeds_depend_on_every_word_and_on_their_order() {
        assert_ne!(derive(&[1, 2]), derive(&[2, 1]));
        assert_ne!(derive(&[1]), derive(&[1, 0]));
        assert!(derive(&[u64::MAX, 7]) >= 0);
    }
}
