//! Learning-rate schedule: linear warm-up, then one cosine (facts 2.3).

use std::f64::consts::PI;

/// Rate at which the warm-up starts and the cosine ends.
pub const FLOOR: f64 = 1e-7;

/// Warm-up from [`FLOOR`] to `peak`, then a cosine back to [`FLOOR`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
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
        let share = (t - self.warmup) as f64 / (self.updates - self.warmup).max(1) as f64;
        FLOOR + 0.5 * (self.peak - FLOOR) * (1.0 + (PI * share.min(1.0)).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_points() {
        let s = Schedule { peak: 1e-3, warmup: 10_000, updates: 40_000 };
        assert_eq!(s.rate(0), 1e-7);
        assert!((s.rate(5_000) - 5.0005e-4).abs() < 1e-12);
        assert!((s.rate(10_000) - 1e-3).abs() < 1e-15);
        assert!((s.rate(25_000) - (1e-7 + 0.5 * (1e-3 - 1e-7))).abs() < 1e-12);
        assert!((s.rate(40_000) - 1e-7).abs() < 1e-15);
    }
}
