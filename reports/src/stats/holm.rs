//! Several tests on the same data need smaller p values, since one of many is soon small by chance.
//!
//! The adjustment is that of S. Holm (A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
//! Statistics 6, 1979). It asks nothing of how the tests depend on each other.

/// Adjusts the p values of one family. An adjusted p below a level is evidence at that level whatever else was tested
/// in the family.
///
/// # Panics
/// This panics when a p value is not a number.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].partial_cmp(&p[*b]).expect("p values are numbers"));
    let mut adjusted = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        // A p value can be no smaller than the ones before it, since the procedure stops at the first that is too large.
        least = least.max((p.len() - rank) as f64 * p[i]).min(1.0);
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_keeps_the_order_and_never_goes_below_p_nor_above_bonferroni(p in vec(0.0_f64..=1.0, 0..7)) {
            let adjusted = holm(&p);
            for (i, own) in adjusted.iter().enumerate() {
                prop_assert!(*own >= p[i] && *own <= (p.len() as f64 * p[i]).min(1.0) + 1e-12);
                for (j, other) in adjusted.iter().enumerate() {
                    prop_assert!(p[i] > p[j] || own <= other);
                }
            }
        }

        #[test]
        fn the_order_of_the_family_does_not_matter(p in vec(0.0_f64..=1.0, 1..7)) {
            let reversed: Vec<f64> = p.iter().rev().copied().collect();
            let mut turned = holm(&reversed);
            turned.reverse();
            prop_assert_eq!(holm(&p), turned);
        }
    }

    #[test]
    fn one_test_needs_no_adjustment() {
        assert_eq!(holm(&[0.03]), [0.03]);
        assert!(holm(&[]).is_empty());
    }
}
