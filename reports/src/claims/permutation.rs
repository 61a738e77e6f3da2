//! The permutation test asks how often a difference so large comes out when the two methods are swapped at random within
//! each subnet, over all its trainings at once.
//!
//! It says how far a difference depends on which subnets were scored, of the trainings that were made. What other
//! trainings would give is asked by the t test beside it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::evidence::Evidence;

/// Up to so many subnets every way of swapping is tried.
const MOST_EXACT: usize = 14;
/// With more subnets so many ways are drawn.
const DRAWS: usize = 20_000;
/// Differences so close, as a share, count as equal: they are sums of the same numbers in another order.
const EQUAL: f64 = 1e-9;

/// The chances of a turned difference as low, and as high, as the one that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tails {
    /// The chance of one as low: a small one speaks for the claim.
    pub low: f64,
    /// The chance of one as high: a small one speaks against it.
    pub high: f64,
}

/// Computes both tails; `None` where the difference is undefined. Ways of swapping under which it is undefined count on
/// neither side.
pub fn permutation(evidence: &Evidence, seed: u64) -> Option<Tails> {
    let (found, n) = (evidence.value()?, evidence.subnets());
    let slack = EQUAL * found.abs();
    let (mut low, mut high, mut all) = (0, 0, 0);
    let mut count = |swaps: &[bool]| {
        let Some(value) = evidence.swapped(swaps) else { return };
        all += 1;
        low += usize::from(value <= found + slack);
        high += usize::from(value >= found - slack);
    };
    if n <= MOST_EXACT {
        for way in 0..1_usize << n {
            count(&(0..n).map(|i| way >> i & 1 == 1).collect::<Vec<bool>>());
        }
    } else {
        // The ways that are drawn, and the one that was found.
        count(&vec![false; n]);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..DRAWS).for_each(|_| count(&(0..n).map(|_| rng.random()).collect::<Vec<bool>>()));
    }
    let share = |count: usize| count as f64 / all as f64;
    Some(Tails { low: share(low), high: share(high) })
}

/// Gives the least chance that so many subnets can come to, however clear a difference is.
pub fn least_p(subnets: usize) -> f64 {
    if subnets <= MOST_EXACT { 0.5_f64.powi(subnets as i32) } else { 1.0 / (DRAWS + 1) as f64 }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Compared;
    use super::*;
    use crate::stats::Scores;

    fn of(differences: &[f64]) -> Tails {
        let cells = Scores::from_column(differences).unwrap();
        permutation(&Evidence::new(Compared::Differences(cells), 1.0), 1).unwrap()
    }

    #[test]
    fn few_subnets_are_counted_by_hand() {
        // Of the eight sums of +-1, +-2 and +-4 the one that was found is the lowest.
        assert_eq!(of(&[-1.0, -2.0, -4.0]), Tails { low: 1.0 / 8.0, high: 1.0 });
        // 1 - 2 - 4 = -5 is the second lowest.
        assert_eq!(of(&[1.0, -2.0, -4.0]), Tails { low: 2.0 / 8.0, high: 7.0 / 8.0 });
        assert_eq!(of(&[0.0, 0.0]), Tails { low: 1.0, high: 1.0 });
        assert_eq!(of(&[0.1 + 0.2, 0.3]).high, 1.0 / 4.0);
        assert_eq!((least_p(3), least_p(0)), (1.0 / 8.0, 1.0));
    }

    #[test]
    fn many_subnets_are_drawn_and_give_about_the_same() {
        let clear: Vec<f64> = (0..20).map(|i| -1.0 - 0.1 * f64::from(i)).collect();
        assert_eq!(of(&clear), Tails { low: least_p(20), high: 1.0 });
        let even: Vec<f64> = (0..20).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        // Half of all ways have a sum on either side, and 184,756 of 1,048,576 have none.
        let Tails { low, high } = of(&even);
        let expected = 0.5 + 184_756.0 / 1_048_576.0 / 2.0;
        assert!((low - expected).abs() < 0.02 && (high - expected).abs() < 0.02, "{low} {high}");
    }
}
