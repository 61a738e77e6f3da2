//! Latency predictors: from the ten features of a subnet to encoder plus decoder latency in ms.
//!
//! HAT (arXiv 2005.14187) and, with its code, Mixture-of-Supernets predict latency with a small network trained on a
//! squared loss. Published measurements hold spikes, rows far off any fit, which pull a squared loss off; so two regressions stand
//! beside it, one of them robust. As in HAT's code features are divided by the space's norms and the target by a
//! constant, here the largest latency of the rows that are fitted.

mod network;
mod regression;

use serde::{Deserialize, Serialize};

use super::table::LatencyRow;
use crate::space::encoding::FEATURES;
use crate::{Error, Result};
use network::Network;
use regression::Polynomial;

/// Fewest rows of a fit: as many as a linear regression has unknowns.
pub const MIN_ROWS: usize = FEATURES + 1;

/// A kind of predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Ordinary least squares on the ten features.
    Linear,
    /// Huber regression of relative errors on the features and their products.
    HuberQuadratic,
    /// HAT's network of 10-400-400-400-400-1 units.
    Network,
}

impl Family {
    /// All families, the simplest first.
    pub const ALL: [Family; 3] = [Family::Linear, Family::HuberQuadratic, Family::Network];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Family::Linear => "linear",
            Family::HuberQuadratic => "huber-quadratic",
            Family::Network => "network",
        }
    }
}

/// A fitted predictor: plain numbers, so it can be sent between threads and saved (a network is about 5 MB of JSON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    family: Family,
    norms: [f64; FEATURES],
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
    /// Fits one family to all `rows`. `norms` is [`crate::space::SearchSpace::feature_norm`]; `seed` decides the network's
    /// first weights and batches, the regressions do not use it. Same arguments, same predictor; the network's last
    /// bits may depend on libtorch's thread count.
    ///
    /// # Errors
    /// Fewer than [`MIN_ROWS`] rows; a norm that is not above zero; libtorch fails; the fit leaves the finite numbers.
    pub fn fit(rows: &[LatencyRow], norms: &[f64; FEATURES], family: Family, seed: u64) -> Result<Predictor> {
        if rows.len() < MIN_ROWS {
            return Err(Error::Predictor(format!("{} rows are too few to fit (at least {MIN_ROWS})", rows.len())));
        }
        if let Some(norm) = norms.iter().find(|norm| !(norm.is_finite() && **norm > 0.0)) {
            return Err(Error::Predictor(format!("a feature's norm is {norm}; norms must be above zero")));
        }
        let scale_ms = rows.iter().map(LatencyRow::total_ms).fold(0.0, f64::max);
        let x: Vec<[f64; FEATURES]> = rows.iter().map(|row| normalised(&row.features, norms)).collect();
        let y: Vec<f64> = rows.iter().map(|row| row.total_ms() / scale_ms).collect();
        let model = match family {
            Family::Linear => Model::Polynomial(regression::linear(&x, &y)?),
            Family::HuberQuadratic => Model::Polynomial(regression::huber_quadratic(&x, &y)?),
            Family::Network => Model::Network(network::train(&x, &y, seed)?),
        };
        let predictor = Predictor { family, norms: *norms, scale_ms, model };
        if rows.iter().any(|row| !predictor.predict_ms(&row.features).is_finite()) {
            return Err(Error::Predictor(format!("the {} fit left the finite numbers", family.name())));
        }
        Ok(predictor)
    }

    /// Encoder plus decoder latency in ms of a subnet with these features (in the order of [`crate::space::encoding`], not
    /// divided by norms). No tensors: well under a microsecond for the regressions, a tenth of a millisecond for the
    /// network.
    pub fn predict_ms(&self, features: &[f64; FEATURES]) -> f64 {
        let x = normalised(features, &self.norms);
        let share = match &self.model {
            Model::Polynomial(polynomial) => polynomial.predict(&x),
            Model::Network(network) => network.predict(&x),
        };
        share * self.scale_ms
    }

    /// The family.
    pub fn family(&self) -> Family {
        self.family
    }
}

fn normalised(features: &[f64; FEATURES], norms: &[f64; FEATURES]) -> [f64; FEATURES] {
    std::array::from_fn(|i| features[i] / norms[i])
}

#[cfg(test)]
mod tests;
