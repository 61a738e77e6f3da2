//! Computes learning rates: a linear warm-up, then what the recipe of the followed paper says.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// Rate at which the warm-up starts and the cosine ends, as in HAT's recipes.
pub const FLOOR: f64 = 1e-7;

/// What follows the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// The rate follows one cosine down to [`FLOOR`].
    #[default]
    Cosine,
    /// The rate stays at its peak to the end.
    Constant,
    /// The rate falls in a straight line to zero at the last update, after a warm-up from zero (BERT's recipe).
    Linear,
    /// The rate is the peak times the square root of warm-up over update (fairseq's `inverse_sqrt`, IWSLT's recipe).
    InverseSquareRoot,
}

impl Decay {
    /// Returns its name in words and files.
    pub fn name(self) -> &'static str {
        match self {
            Decay::Cosine => "cosine",
            Decay::Constant => "constant",
            Decay::Linear => "linear",
            Decay::InverseSquareRoot => "inverse-square-root",
        }
    }
}

/// A schedule: warm-up to `peak`, then what `decay` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// What follows the warm-up.
    pub decay: Decay,
    /// Highest rate, reached at the end of the warm-up.
    pub peak: f64,
    /// Number of updates of warm-up.
    pub warmup: u64,
    /// Number of updates in all.
    pub updates: u64,
}

impl Schedule {
    /// Returns the rate of update `t`, counted from 0.
    pub fn rate(&self, t: u64) -> f64 {
        let floor = if self.decay == Decay::Linear { 0.0 } else { FLOOR };
        if t < self.warmup {
            return floor + (self.peak - floor) * t as f64 / self.warmup as f64;
        }
        let share = (t - self.warmup) as f64 / self.updates.saturating_sub(self.warmup).max(1) as f64;
        match self.decay {
            Decay::Cosine => FLOOR + 0.5 * (self.peak - FLOOR) * (1.0 + (PI * share.min(1.0)).cos()),
            Decay::Constant => self.peak,
            Decay::Linear => self.peak * (1.0 - share).max(0.0),
            Decay::InverseSquareRoot => self.peak * (self.warmup.max(1) as f64 / t.max(1) as f64).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_points() {
        let s = Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 10_000, updates: 40_000 };
        assert_eq!(s.rate(0), 1e-7);
        assert!((s.rate(5_000) - 5.0005e-4).abs() < 1e-12);
        assert!((s.rate(10_000) - 1e-3).abs() < 1e-15);
        assert!((s.rate(25_000) - (1e-7 + 0.5 * (1e-3 - 1e-7))).abs() < 1e-12);
        assert!((s.rate(40_000) - 1e-7).abs() < 1e-15);
    }

    #[test]
    fn a_constant_rate_stays() {
        let s = Schedule { decay: Decay::Constant, peak: 1e-3, warmup: 2, updates: 10 };
        assert!(s.rate(1) < 1e-3);
        assert_eq!([s.rate(2), s.rate(9)], [1e-3; 2]);
    }
}
