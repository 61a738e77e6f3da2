//! Learning-rate schedules: linear warm-up, then one cosine, or a constant rate for continued training.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// Rate at which the warm-up starts and the cosine ends.
pub const FLOOR: f64 = 1e-7;

/// What follows the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// One cosine down to [`FLOOR`].
    #[default]
    Cosine,
    /// The peak rate to the end.
    Constant,
}

/// Warm-up from [`FLOOR`] to `peak`, then what `decay` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// What follows the warm-up.
    pub decay: Decay,
    /// Highest rate.
    pub peak: f64,
    /// Updates of warm-up.
    pub warmup: u64,
    /// All updates.
    pub updates: u64,
}

impl Schedule {
    /// The rate of update `t`, counted from 0.
    pub fn rate(&self, t: u64) -> f64 {
        if t < self.warmup {
            return FLOOR + (self.peak - FLOOR) * t as f64 / self.warmup as f64;
        }
        if self.decay == Decay::Constant {
            return self.peak;
        }
        let share = (t - self.warmup) as f64 / (self.updates - self.warmup).max(1) as f64;
        FLOOR + 0.5 * (self.peak - FLOOR) * (1.0 + (PI * share.min(1.0)).cos())
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
