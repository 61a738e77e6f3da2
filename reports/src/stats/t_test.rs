//! The t test asks whether a few values may have a mean of 0.
//!
//! It is Student's test of one sample with two sides. Its values are one a training seed: the mean over subnets of the
//! difference between two methods. Subnets of one seed share their supernet, so they are no further evidence.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A t test of one sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The number of values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// The mean over its standard error; infinite where all values are the same and not 0.
    pub t: f64,
    /// The probability of a mean at least so far from 0, on either side, if the true one is 0.
    pub p: f64,
}

/// Tests whether the mean of `values` may be 0; `None` of fewer than two values, which show no spread.
pub fn t_test(values: &[f64]) -> Option<TTest> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let error = (variance / n as f64).sqrt();
    let t = if mean == 0.0 { 0.0 } else { mean / error };
    Some(TTest { n, mean, t, p: two_sided(t, n - 1)? })
}

/// Gives the probability of a value at least as far from 0 as `t` under Student's distribution.
fn two_sided(t: f64, degrees: usize) -> Option<f64> {
    if t.is_infinite() {
        return Some(0.0);
    }
    let student = StudentsT::new(0.0, 1.0, degrees as f64).ok()?;
    Some((2.0 * student.cdf(-t.abs())).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_sees_neither_scale_nor_side_nor_order(values in vec(-9.0_f64..9.0, 2..8), scale in 0.1_f64..50.0) {
            let test = t_test(&values).unwrap();
            prop_assert!((0.0..=1.0).contains(&test.p));
            let scaled = t_test(&values.iter().map(|v| v * scale).collect::<Vec<_>>()).unwrap();
            let turned = t_test(&values.iter().map(|v| -v).collect::<Vec<_>>()).unwrap();
            let reversed = t_test(&values.iter().rev().copied().collect::<Vec<_>>()).unwrap();
            for other in [scaled, turned, reversed] {
                prop_assert!((test.p - other.p).abs() < 1e-9, "{} and {}", test.p, other.p);
            }
            prop_assert!((test.mean + turned.mean).abs() < 1e-12 && (test.t + turned.t).abs() < 1e-6);
        }

        #[test]
        fn a_mean_further_from_0_is_less_likely(values in vec(-1.0_f64..1.0, 3..8), shift in 0.0_f64..5.0) {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let at = |mean_at: f64| t_test(&values.iter().map(|v| v - mean + mean_at).collect::<Vec<_>>()).unwrap().p;
            prop_assert!(at(shift + 0.1) <= at(shift) + 1e-9);
        }
    }

    #[test]
    fn values_without_spread_decide_only_away_from_0() {
        assert_eq!(t_test(&[0.5]), None);
        assert_eq!(t_test(&[]), None);
        assert_eq!(t_test(&[0.0, 0.0, 0.0]).unwrap().p, 1.0);
        let same = t_test(&[-0.5, -0.5, -0.5]).unwrap();
        assert_eq!((same.mean, same.t, same.p), (-0.5, f64::NEG_INFINITY, 0.0));
    }

    /// With two degrees of freedom the distribution has a closed form.
    #[test]
    fn three_values_give_the_closed_form() {
        let test = t_test(&[0.1, 0.2, 0.4]).unwrap();
        let expected = 1.0 - test.t / (2.0 + test.t * test.t).sqrt();
        assert!((test.p - expected).abs() < 1e-10, "{} and not {expected}", test.p);
    }
}
