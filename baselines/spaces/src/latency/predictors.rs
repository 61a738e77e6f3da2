//! Lists the kinds of latency predictors, which are fitted where libtorch is.

use serde::{Deserialize, Serialize};

/// Fewest rows among which a predictor is chosen. They leave a training part of 16 rows for the 11 unknowns of a linear
/// regression, and 2 rows each to choose and to test by.
pub const MIN_ROWS: usize = 20;

/// A kind of predictor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictorKind {
    /// It is ordinary least squares on the features.
    Linear,
    /// It is Huber regression of relative errors on the features and their products.
    HuberQuadratic,
    /// It is HAT's network, whose hidden layers have 400 units each.
    Network,
}

impl PredictorKind {
    /// All kinds of predictor, the simplest first.
    pub const ALL: [PredictorKind; 3] = [PredictorKind::Linear, PredictorKind::HuberQuadratic, PredictorKind::Network];

    /// Returns its name in reports and records.
    pub fn name(self) -> &'static str {
        match self {
            PredictorKind::Linear => "linear",
            PredictorKind::HuberQuadratic => "huber-quadratic",
            PredictorKind::Network => "network",
        }
    }

    /// Finds the kind of that name.
    pub fn named(name: &str) -> Option<PredictorKind> {
        PredictorKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
