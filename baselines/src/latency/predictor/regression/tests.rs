//! Tests the regressions against NumPy, scikit-learn and statsmodels (`fixtures/latency/make_fixtures.py`), and their
//! properties.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    design: Vec<Vec<f64>>,
    target: Vec<f64>,
    row_scale: Vec<f64>,
    threshold: f64,
    ridge: f64,
    least_squares: Vec<f64>,
    ridge_solution: Vec<f64>,
    huber: Vec<f64>,
}

fn assert_close(found: &Tensor, expected: &[f64], tolerance: f64) {
    let found = Vec::<f64>::try_from(found).unwrap();
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(found.len() == expected.len() && worst < tolerance, "{found:?} is not {expected:?}");
}

#[test]
fn fits_equal_those_of_established_libraries() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../../fixtures/latency/regressions.json")).unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let design = Tensor::from_slice(&case.design.concat()).view([case.design.len() as i64, -1]);
        let (target, scale) = (Tensor::from_slice(&case.target), Tensor::from_slice(&case.row_scale));
        assert_close(&least_squares(&design, &target).unwrap(), &case.least_squares, 1e-10);
        assert_close(&ridge_regression(&design, &target, case.ridge).unwrap(), &case.ridge_solution, 1e-10);
        // The tolerance is wide because the rounds of reweighting end at one.
        assert_close(&huber(&design, &target, &scale, case.threshold, 0.0).unwrap(), &case.huber, 1e-6);
    }
}

#[test]
fn terms_are_the_features_and_each_product_once() {
    let x = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0];
    let all: Vec<f64> = terms(&x).collect();
    assert_eq!(all.len(), quadratic_terms(10));
    assert_eq!(all[..10], x);
    // Products of primes differ unless the factors are the same.
    let distinct: std::collections::BTreeSet<u64> = all.iter().map(|&t| t as u64).collect();
    assert_eq!(distinct.len(), quadratic_terms(10));
    assert!([4, 6, 29 * 29].iter().all(|product| distinct.contains(product)));
}

/// Draws rows of features, enough of them to fit a quadratic.
fn features() -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(prop::collection::vec(0.1..1.5, 10), 90..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_linear_latency_is_found_exactly(x in features(), c in prop::array::uniform10(0.01..1.0), intercept in 0.1..1.0) {
        let truth = |x: &Vec<f64>| intercept + x.iter().zip(c).map(|(a, b)| a * b).sum::<f64>();
        let fit = linear(&x, &x.iter().map(truth).collect::<Vec<_>>()).unwrap();
        for x in &x {
            prop_assert!((fit.predict(x) - truth(x)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_few_spikes_do_not_move_the_robust_fit(x in features(), height in 2.0..20.0) {
        let truth = |x: &Vec<f64>| 1.0 + x[5] + 0.5 * x[2] * x[5];
        let clean: Vec<f64> = x.iter().map(truth).collect();
        let mut spiked = clean.clone();
        spiked.iter_mut().step_by(19).for_each(|y| *y *= 1.0 + height);
        let worst = |fit: &Polynomial| {
            x.iter().zip(&clean).map(|(x, y)| (fit.predict(x) / y - 1.0).abs()).fold(0.0, f64::max)
        };
        // What is left of the error is the ridge's and the weight that a Huber loss leaves to a spike.
        let (robust, squared) = (worst(&huber_quadratic(&x, &spiked).unwrap()), worst(&linear(&x, &spiked).unwrap()));
        prop_assert!(robust < 0.25 && robust < 0.5 * squared, "{robust} {squared}");
    }
}
