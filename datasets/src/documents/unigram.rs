//! The simplest prediction of a masked token knows how often each piece stands in the training split, and nothing of
//! the sequence. A network that learnt anything is below its cross-entropy.

use crate::text::wordpiece::SpecialIds;

/// The counts of ordinary pieces in the training split.
#[derive(Clone, Debug)]
pub struct Unigram {
    counts: Vec<u64>,
    total: u64,
    specials: SpecialIds,
}

impl Unigram {
    /// Has counted nothing yet.
    pub fn new(vocab_size: usize, specials: SpecialIds) -> Unigram {
        Unigram { counts: vec![0; vocab_size], total: 0, specials }
    }

    /// Counts the ordinary pieces among some ids.
    pub fn count(&mut self, ids: &[u16]) {
        for id in ids.iter().filter(|id| !self.specials.contains(**id)) {
            self.counts[usize::from(*id)] += 1;
            self.total += 1;
        }
    }

    /// Gives the mean cross-entropy of masked tokens in nats. Each ordinary piece counts as seen once more than it was,
    /// so that one that was never seen has a probability, too. Without targets, it is 0.
    pub fn cross_entropy(&self, targets: impl IntoIterator<Item = u16>) -> f64 {
        let all = (self.total + (self.counts.len() - SpecialIds::COUNT) as u64) as f64;
        let (mut sum, mut number) = (0.0, 0_u64);
        for target in targets {
            sum += (all / (self.counts[usize::from(target)] + 1) as f64).ln();
            number += 1;
        }
        if number == 0 { 0.0 } else { sum / number as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cross_entropy_is_that_of_smoothed_counts() {
        let specials = SpecialIds { cls: 0, pad: 1, sep: 2, unk: 3, mask: 4 };
        let mut unigram = Unigram::new(8, specials);
        unigram.count(&[0, 5, 5, 6, 3, 2]);
        // Of 3 ordinary tokens and 3 ordinary pieces: 5 counts three times of six, 6 twice, 7 once.
        let expected = ((2.0_f64).ln() + (3.0_f64).ln() + (6.0_f64).ln()) / 3.0;
        assert!((unigram.cross_entropy([5, 6, 7]) - expected).abs() < 1e-12);
        assert_eq!(unigram.cross_entropy([]), 0.0);
    }
}
