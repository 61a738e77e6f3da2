//! Draws dropout masks in a way that is cheap on a CPU.
//!
//! libtorch draws CPU masks with one call of its scalar generator for each element, which takes an eighth of a small
//! network's update. Here one 64-bit word of the same generator serves four elements: each compares 16 bits of its own
//! with the rate.

use tch::{Device, Kind, Tensor};

/// Number of elements served by one word.
const LANES: i64 = 4;
/// Number of values that an element's 16 bits take.
const LEVELS: f64 = 65_536.0;

/// Zeroes elements of `x` with probability `rate` and scales the rest by the reciprocal of the share kept, so that the
/// expectation stays; returns `x` itself when not training. On a CPU the rate is rounded to a multiple of 2^-16.
pub fn dropout(x: &Tensor, rate: f64, train: bool) -> Tensor {
    if !train || rate <= 0.0 || x.device() != Device::Cpu {
        return x.dropout(rate, train);
    }
    x * keep_mask(&x.size(), rate, x.kind())
}

/// Draws 0 with probability `rate`, else 1 / (1 - rate).
fn keep_mask(shape: &[i64], rate: f64, kind: Kind) -> Tensor {
    let dropped = (rate * LEVELS).round();
    let count: i64 = shape.iter().product();
    tch::no_grad(|| {
        let words = Tensor::empty([(count + LANES - 1) / LANES], (Kind::Int64, Device::Cpu));
        // The range starts at the least value and has no upper end, so that all 64 bits are drawn.
        let words = words.shallow_clone().random_from_(i64::MIN, None);
        let lanes = words.view_dtype(Kind::Int16).narrow(0, 0, count).view(shape);
        let kept = lanes.ge((dropped - LEVELS / 2.0) as i64);
        (kept * (LEVELS / (LEVELS - dropped))).to_kind(kind)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;

    /// Seeds libtorch's generator and keeps it, which is one for all threads of a process.
    fn seeded_generator(seed: i64) -> MutexGuard<'static, ()> {
        static GENERATOR: Mutex<()> = Mutex::new(());
        let guard = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
        tch::manual_seed(seed);
        guard
    }

    #[test]
    fn the_rate_is_kept_and_every_lane_is_drawn_alike() {
        let _generator = seeded_generator(5);
        let (rate, draws) = (0.3, 400_000);
        let mask = keep_mask(&[draws / LANES, LANES], rate, Kind::Double);
        let share = mask.ne(0.0).to_kind(Kind::Double).mean_dim([0i64].as_slice(), false, Kind::Double);
        // The bound is four standard deviations of a share of 100,000 draws.
        let bound = 4.0 * (rate * (1.0 - rate) / (draws / LANES) as f64).sqrt();
        for share in Vec::<f64>::try_from(share).unwrap() {
            assert!((share - (1.0 - rate)).abs() < bound, "{share}");
        }
        assert!((mask.max().double_value(&[]) - 1.0 / (1.0 - rate)).abs() < 1e-4);
        assert_eq!(mask.min().double_value(&[]), 0.0);
    }

    #[test]
    fn neighbours_fall_independently() {
        let _generator = seeded_generator(6);
        let draws = 400_000;
        let kept = keep_mask(&[draws], 0.5, Kind::Double).ne(0.0).to_kind(Kind::Double);
        let (a, b) = (kept.narrow(0, 0, draws - 1), kept.narrow(0, 1, draws - 1));
        let together = (a * b).mean(Kind::Double).double_value(&[]);
        assert!((together - 0.25).abs() < 4.0 * (0.25f64 * 0.75 / draws as f64).sqrt(), "{together}");
    }

    #[test]
    fn the_same_seed_drops_the_same_elements_in_any_float_kind() {
        let draw = |kind| {
            let _generator = seeded_generator(7);
            dropout(&Tensor::ones([3, 5, 7], (kind, Device::Cpu)), 0.1, true).to_kind(Kind::Float)
        };
        assert_eq!(draw(Kind::Float), draw(Kind::Double));
        assert_ne!(draw(Kind::Float), Tensor::ones([3, 5, 7], (Kind::Float, Device::Cpu)));
        let x = Tensor::ones([3], (Kind::Float, Device::Cpu));
        assert_eq!(dropout(&x, 0.9, false), x);
    }
}
