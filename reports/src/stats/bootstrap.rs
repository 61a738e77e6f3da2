//! This is the percentile bootstrap over crossed factors. The module above says what its intervals cover.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::quantile::quantile;
use super::scores::Scores;

/// An estimate is a statistic with its interval; each part is `None` where it is undefined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The statistic on the scores themselves.
    pub value: Option<f64>,
    /// The lower bound.
    pub lo: Option<f64>,
    /// The upper bound.
    pub hi: Option<f64>,
}

/// The settings say how to draw an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The seed of the resampling. The same seed gives the same interval, and the same draws for every method of a
    /// comparison.
    pub seed: u64,
    /// The number of resamples.
    pub resamples: usize,
}

impl Settings {
    /// The coverage of an interval.
    pub const LEVEL: f64 = 0.95;

    /// Makes the settings of 10,000 resamples from `seed`.
    pub fn new(seed: u64) -> Settings {
        Settings { seed, resamples: 10_000 }
    }
}

impl Default for Settings {
    /// Makes the settings of 10,000 resamples from seed 1.
    fn default() -> Settings {
        Settings::new(1)
    }
}

/// Computes the statistic on all rows and columns, and its interval over redrawn ones.
///
/// `statistic` is given the drawn subnets and the drawn seeds (indices, with repetition).
pub fn bootstrap(
    subnets: usize,
    seeds: usize,
    settings: &Settings,
    statistic: impl Fn(&[usize], &[usize]) -> Option<f64>,
) -> Estimate {
    let all = |n: usize| (0..n).collect::<Vec<usize>>();
    let value = statistic(&all(subnets), &all(seeds));
    if value.is_none() || (subnets < 2 && seeds < 2) {
        return Estimate { value, lo: None, hi: None };
    }
    let draws = draws(subnets, seeds, settings, statistic);
    let tail = (1.0 - Settings::LEVEL) / 2.0;
    Estimate { value, lo: quantile(&draws, tail), hi: quantile(&draws, 1.0 - tail) }
}

/// Computes the statistic over redrawn rows and columns, as often as the settings say, and gives the values in ascending
/// order. Redrawn tables on which it is undefined are left out.
pub fn draws(
    subnets: usize,
    seeds: usize,
    settings: &Settings,
    statistic: impl Fn(&[usize], &[usize]) -> Option<f64>,
) -> Vec<f64> {
    let (mut rows, mut columns) = (vec![0; subnets], vec![0; seeds]);
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut draws: Vec<f64> = (0..settings.resamples)
        .filter_map(|_| {
            redraw(&mut rows, &mut rng);
            redraw(&mut columns, &mut rng);
            statistic(&rows, &columns)
        })
        .collect();
    draws.sort_unstable_by(f64::total_cmp);
    draws
}

/// Computes the mean of values, and its interval over redrawn values. Fewer than two values have no interval.
pub fn mean_estimate(values: &[f64], settings: &Settings) -> Estimate {
    bootstrap(values.len(), 1, settings, |drawn, _| {
        (!drawn.is_empty()).then(|| drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64)
    })
}

/// Computes the mean over all cells, which is the mean over seeds of the means over subnets.
pub(super) fn mean_over_cells(cells: &Scores, settings: &Settings) -> Estimate {
    bootstrap(cells.subnets(), cells.seeds(), settings, |rows, seeds| {
        let sum: f64 = rows.iter().map(|&row| seeds.iter().map(|&seed| cells.at(row, seed)).sum::<f64>()).sum();
        Some(sum / (rows.len() * seeds.len()) as f64)
    })
}

/// Computes what a share of the second values' sum the first values' sum saves, `1 - sum of first / sum of second`, and
/// its interval over redrawn pairs. It is undefined where the second values add up to nothing.
pub fn saving_estimate(pairs: &[(f64, f64)], settings: &Settings) -> Estimate {
    bootstrap(pairs.len(), 1, settings, |drawn, _| {
        let sum = |pick: fn(&(f64, f64)) -> f64| drawn.iter().map(|&i| pick(&pairs[i])).sum::<f64>();
        let (own, other) = (sum(|pair| pair.0), sum(|pair| pair.1));
        (other > 0.0).then(|| 1.0 - own / other)
    })
}

/// Fills `indices` with as many draws, with replacement, from `0..indices.len()`.
fn redraw(indices: &mut [usize], rng: &mut ChaCha8Rng) {
    let n = indices.len();
    if n > 1 {
        indices.fill_with(|| rng.random_range(0..n));
    }
}
