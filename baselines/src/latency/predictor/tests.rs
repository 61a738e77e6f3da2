//! Tests fits on awkward rows, and on a part of HAT's measurements.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use mos_spaces::SearchSpace;
use mos_spaces::hat::fields::HAT;
use mos_spaces::latency::table;

const REGRESSIONS: [PredictorKind; 2] = [PredictorKind::Linear, PredictorKind::HuberQuadratic];

fn norms() -> Vec<f64> {
    SearchSpace::find("wmt14-en-de").unwrap().feature_norm
}

/// Reads every tenth of HAT's TITAN Xp rows.
fn published() -> Vec<LatencyRow> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("spaces/fixtures/published/hat_latency_titanxp_every_tenth.csv");
    table::read(&HAT, &file).unwrap()
}

/// Makes random rows whose latency grows with layers and width.
fn synthetic(count: usize) -> Vec<LatencyRow> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let norms = norms();
    let mut row = || {
        let features: Vec<f64> = norms.iter().map(|norm| norm * rng.random_range(0.4..1.5)).collect();
        let decoder_ms = 20.0 + features[5] * (10.0 + features[4] / 100.0);
        LatencyRow { features, encoder_ms: 5.0, decoder_ms, encoder_std_ms: 0.0, decoder_std_ms: 0.0 }
    };
    (0..count).map(|_| row()).collect()
}

/// Returns the median absolute percentage error on the rows themselves.
fn median_error(predictor: &Predictor, rows: &[LatencyRow]) -> f64 {
    let error = |row: &LatencyRow| 100.0 * (predictor.predict_ms(&row.features) / row.total_ms() - 1.0).abs();
    let mut errors: Vec<f64> = rows.iter().map(error).collect();
    errors.sort_by(f64::total_cmp);
    errors[errors.len() / 2]
}

#[test]
fn published_rows_are_fitted_to_a_few_percent() {
    let rows = published();
    assert_eq!(rows.len(), 200);
    let error = |kind| median_error(&Predictor::fit(&rows, &norms(), kind, 1).unwrap(), &rows);
    let (linear, huber) = (error(PredictorKind::Linear), error(PredictorKind::HuberQuadratic));
    assert!(linear < 6.0 && huber < 0.7 * linear, "{linear} {huber}");
}

#[test]
fn a_constant_column_breaks_no_fit_and_says_nothing() {
    let mut rows = synthetic(60);
    rows.iter_mut().for_each(|row| row.features[1] = 6.0);
    for kind in REGRESSIONS {
        let predictor = Predictor::fit(&rows, &norms(), kind, 1).unwrap();
        assert!(median_error(&predictor, &rows) < 4.0, "{kind:?}");
    }
    let linear = Predictor::fit(&rows, &norms(), PredictorKind::Linear, 1).unwrap();
    let (mut other, same) = (rows[0].features.clone(), linear.predict_ms(&rows[0].features));
    other[1] = 3.0;
    assert!((linear.predict_ms(&other) - same).abs() < 1e-9);
}

#[test]
fn columns_that_depend_on_each_other_break_no_fit() {
    let mut rows = synthetic(60);
    for row in &mut rows {
        row.features[4] = row.features[0];
        row.features[7] = row.features[3] + row.features[8];
        row.decoder_ms = 20.0 + row.features[5] * (10.0 + row.features[4] / 100.0);
    }
    for kind in REGRESSIONS {
        let predictor = Predictor::fit(&rows, &norms(), kind, 1).unwrap();
        assert!(median_error(&predictor, &rows) < 4.0, "{kind:?}");
    }
}

#[test]
fn rows_that_are_all_the_same_predict_their_latency() {
    let rows = vec![synthetic(1)[0].clone(); 20];
    for kind in REGRESSIONS {
        let predictor = Predictor::fit(&rows, &norms(), kind, 1).unwrap();
        let (found, expected) = (predictor.predict_ms(&rows[0].features), rows[0].total_ms());
        assert!((found - expected).abs() < 1e-6 * expected, "{kind:?}: {found} {expected}");
    }
}

#[test]
fn fewer_rows_than_quadratic_terms_are_safe() {
    let rows = synthetic(400);
    let predictor = Predictor::fit(&rows[..32], &norms(), PredictorKind::HuberQuadratic, 1).unwrap();
    let error = median_error(&predictor, &rows[32..]);
    assert!(error < 10.0, "{error}% on rows that it has not seen");
    assert!(Predictor::fit(&rows[..11], &norms(), PredictorKind::HuberQuadratic, 1).is_ok());
}

#[test]
fn a_saved_predictor_predicts_the_same() {
    let rows = published();
    for kind in REGRESSIONS {
        let predictor = Predictor::fit(&rows, &norms(), kind, 1).unwrap();
        assert_eq!(predictor.kind(), kind);
        let text = serde_json::to_string(&predictor).unwrap();
        let again: Predictor = serde_json::from_str(&text).unwrap();
        assert_eq!(again, predictor);
        assert!(rows.iter().all(|r| again.predict_ms(&r.features) == predictor.predict_ms(&r.features)));
    }
}

#[test]
fn rows_or_norms_that_cannot_be_fitted_are_refused() {
    let rows = synthetic(11);
    let refusal = |rows: &[LatencyRow], norms: Vec<f64>| {
        Predictor::fit(rows, &norms, PredictorKind::Linear, 1).unwrap_err().to_string()
    };
    assert!(refusal(&rows[1..], norms()).contains("10 rows are too few"));
    let mut zero = norms();
    zero[3] = 0.0;
    assert!(refusal(&rows, zero).contains("norm is 0"));
}
