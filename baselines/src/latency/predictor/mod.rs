//! Predicts encoder plus decoder latency in ms from the features of a subnet.
//!
//! HAT (arXiv 2005.14187) and, with its code, Mixture-of-Supernets predict latency with a small network trained on a
//! squared loss. Published measurements hold spikes, rows far off any fit, which pull a squared loss off; so two
//! regressions stand beside it, one of them robust. As in HAT's code features are divided by the space's norms and the
//! target by a constant, here the largest latency of the rows that are fitted.

mod network;
mod regression;

use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::latency::table::LatencyRow;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};
use network::{Network, TrainingSet};
use regression::Polynomial;

/// Returns the fewest rows of a fit to this number of features: as many as a linear regression has unknowns.
fn fewest_rows(features: usize) -> usize {
    features + 1
}

/// A fitted predictor. It holds plain numbers, so it can be sent between threads and saved (a network is about 5 MB of
/// JSON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    kind: PredictorKind,
    norms: Vec<f64>,
    scale_ms: f64,
    model: Model,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Model {
    Polynomial(Polynomial),
    Network(Network),
}

impl Predictor {
    /// Fits one kind to all `rows`. `norms` is [`mos_spaces::SearchSpace::feature_norm`]; `seed` decides the network's
    /// first weights and batches, and the regressions do not use it. The same arguments give the same predictor.
    ///
    /// # Errors
    /// Fails if there are fewer rows than features and one more, if a norm is not above zero, or if the fit leaves the
    /// finite numbers.
    pub fn fit(rows: &[LatencyRow], norms: &[f64], kind: PredictorKind, seed: u64) -> Result<Predictor> {
        Ok(Predictor::fit_all(&[(rows, seed)], norms, kind)?.remove(0))
    }

    /// Fits one kind to each of several sets of rows, each with its seed; networks are trained side by side.
    ///
    /// # Errors
    /// Fails as [`Predictor::fit`] does.
    pub fn fit_all(sets: &[(&[LatencyRow], u64)], norms: &[f64], kind: PredictorKind) -> Result<Vec<Predictor>> {
        if let Some(norm) = norms.iter().find(|norm| !(norm.is_finite() && **norm > 0.0)) {
            return Err(Error::Predictor(format!("a feature's norm is {norm}; norms must be above zero")));
        }
        let fewest = fewest_rows(norms.len());
        if let Some((rows, _)) = sets.iter().find(|(rows, _)| rows.len() < fewest) {
            return Err(Error::Predictor(format!("{} rows are too few to fit (at least {fewest})", rows.len())));
        }
        let scale = |rows: &[LatencyRow]| rows.iter().map(LatencyRow::total_ms).fold(0.0, f64::max);
        let prepared: Vec<TrainingSet> = sets
            .iter()
            .map(|&(rows, seed)| {
                let scale = scale(rows);
                TrainingSet {
                    x: rows.iter().map(|row| normalised(&row.features, norms)).collect(),
                    y: rows.iter().map(|row| row.total_ms() / scale).collect(),
                    seed,
                }
            })
            .collect();
        let regression = |fit: fn(&[Vec<f64>], &[f64]) -> Result<Polynomial>| {
            prepared.iter().map(|set| Ok(Model::Polynomial(fit(&set.x, &set.y)?))).collect::<Result<Vec<_>>>()
        };
        let models = match kind {
            PredictorKind::Linear => regression(regression::linear)?,
            PredictorKind::HuberQuadratic => regression(regression::huber_quadratic)?,
            PredictorKind::Network => network::train(&prepared).into_iter().map(Model::Network).collect(),
        };
        let fitted = models.into_iter().zip(sets).map(|(model, (rows, _))| {
            let predictor = Predictor { kind, norms: norms.to_vec(), scale_ms: scale(rows), model };
            if rows.iter().any(|row| !predictor.predict_ms(&row.features).is_finite()) {
                return Err(Error::Predictor(format!("the {} fit left the finite numbers", kind.name())));
            }
            Ok(predictor)
        });
        fitted.collect()
    }

    /// Predicts encoder plus decoder latency in ms of a subnet with these features (in the order of
    /// [`mos_spaces::encode`], not divided by norms). It uses no tensors, and takes well under a microsecond for the
    /// regressions and a tenth of a millisecond for the network.
    pub fn predict_ms(&self, features: &[f64]) -> f64 {
        let x = normalised(features, &self.norms);
        let share = match &self.model {
            Model::Polynomial(polynomial) => polynomial.predict(&x),
            Model::Network(network) => network.predict(&x),
        };
        share * self.scale_ms
    }

    /// Returns its kind.
    pub fn kind(&self) -> PredictorKind {
        self.kind
    }
}

fn normalised(features: &[f64], norms: &[f64]) -> Vec<f64> {
    features.iter().zip(norms).map(|(feature, norm)| feature / norm).collect()
}

#[cfg(test)]
mod tests;
