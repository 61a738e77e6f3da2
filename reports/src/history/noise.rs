//! The noise of a series is taken from its first nights against a base.
//!
//! Values are turned so that a higher one is worse. A night's value is the mean of its repetitions. Where nights differ by no
//! more than their repetitions do, all repetitions together tell the spread, which is three times as many values as nights
//! for three seeds; else the nights alone do. Far values are drawn in, so that one bad night does not hide a later shift.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

/// Values further from the median than so many deviations are drawn in to there.
const DRAWN_IN: f64 = 3.0;
/// Nights differ by more than their repetitions where chance would do it no more often than this.
const NIGHTS_DIFFER: f64 = 0.01;
/// The median absolute deviation of a normal sample, times this, is its deviation.
pub(super) const MAD: f64 = 1.482_602_218_505_602;

/// What a series does where nothing changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// The value around which it stands.
    pub centre: f64,
    /// The deviation of a night's value.
    pub night: f64,
    /// The deviation of one repetition.
    pub repetition: f64,
    /// How many nights it was taken from.
    pub nights: usize,
}

/// Takes the noise from nights with their repetitions; `None` with fewer than two nights. `floor` is the least deviation of
/// a night's value that is believed.
pub fn noise(nights: &[Vec<f64>], floor: f64) -> Option<Noise> {
    let all: Vec<f64> = nights.iter().flatten().copied().collect();
    if nights.len() < 2 || nights.iter().any(Vec::is_empty) {
        return None;
    }
    let middle = median(&all);
    let spread = MAD * median(&all.iter().map(|value| (value - middle).abs()).collect::<Vec<f64>>());
    let (least, most) = (middle - DRAWN_IN * spread, middle + DRAWN_IN * spread);
    let drawn_in: Vec<Vec<f64>> =
        nights.iter().map(|night| night.iter().map(|value| value.clamp(least, most)).collect()).collect();
    let flat: Vec<f64> = drawn_in.iter().flatten().copied().collect();
    let centre = mean(&flat);
    let means: Vec<f64> = drawn_in.iter().map(|night| mean(night)).collect();
    let repetitions = flat.len() as f64 / nights.len() as f64;
    let together = variance(&flat);
    let of_nights = variance(&means);
    let night = if nights_differ(&drawn_in) { of_nights } else { together / repetitions };
    let night = night.sqrt().max(floor);
    Some(Noise { centre, night, repetition: together.sqrt().max(floor), nights: nights.len() })
}

/// Tells whether nights differ by more than their repetitions do.
pub fn nights_differ(nights: &[Vec<f64>]) -> bool {
    let means: Vec<f64> = nights.iter().map(|night| mean(night)).collect();
    let repetitions = nights.iter().flatten().count() as f64 / nights.len() as f64;
    let squares: f64 =
        nights.iter().zip(&means).flat_map(|(night, mean)| night.iter().map(move |v| (v - mean).powi(2))).sum();
    let (between, within) = ((nights.len() - 1) as f64, nights.len() as f64 * (repetitions - 1.0));
    if within < 1.0 {
        return true;
    }
    // Where nothing ever moved there is no ratio.
    let ratio = variance(&means) * repetitions / (squares / within);
    ratio.is_nan() || FisherSnedecor::new(between, within).is_ok_and(|f| 1.0 - f.cdf(ratio) < NIGHTS_DIFFER)
}

/// Computes the median; of an even number the mean of the two in the middle.
///
/// # Panics
/// This panics without values.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    let half = values.len() / 2;
    let even = values.len().is_multiple_of(2);
    let (below, middle, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let next_below = || below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if even { (next_below() + *middle) / 2.0 } else { *middle }
}

/// Computes the mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Computes the variance of what the values are a sample of.
pub fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nights(rows: &[&[f64]]) -> Vec<Vec<f64>> {
        rows.iter().map(|row| row.to_vec()).collect()
    }

    #[test]
    fn repetitions_tell_the_spread_where_nights_do_not_differ() {
        let even = nights(&[&[1.0, -1.0], &[-1.0, 1.0], &[0.5, -0.5], &[-0.5, 0.5]]);
        let noise = noise(&even, 0.0).unwrap();
        assert!(noise.centre.abs() < 1e-12 && noise.nights == 4);
        // The nights' means are all the same, and yet a night's value is no more certain than two repetitions make it.
        assert!((noise.night - noise.repetition / 2.0_f64.sqrt()).abs() < 1e-12 && noise.night > 0.5, "{noise:?}");
    }

    #[test]
    fn nights_tell_it_where_they_differ() {
        let apart = nights(&[&[5.0, 5.1], &[-5.0, -5.1], &[2.0, 2.1], &[-3.0, -3.1], &[0.0, 0.1]]);
        let noise = noise(&apart, 0.0).unwrap();
        assert!(noise.night > 3.0, "{noise:?}");
    }

    #[test]
    fn one_bad_night_is_drawn_in_and_the_floor_holds() {
        let mut rows: Vec<Vec<f64>> = (0..30).map(|i| vec![0.1 * f64::from(i % 5) - 0.2]).collect();
        let calm = noise(&rows, 0.0).unwrap();
        rows[7] = vec![100.0];
        let with_one = noise(&rows, 0.0).unwrap();
        assert!(with_one.night < 1.6 * calm.night, "{with_one:?} and {calm:?}");
        assert_eq!(noise(&nights(&[&[1.0], &[1.0], &[1.0]]), 0.25).unwrap().night, 0.25);
        assert_eq!(noise(&nights(&[&[1.0, 1.0], &[1.0, 1.0]]), 0.25).unwrap().night, 0.25);
        assert_eq!(noise(&nights(&[&[1.0]]), 0.0), None);
    }
}
