//! How far a night may be off before it is an alarm.
//!
//! Many series are watched at once, and noise has far values. So the threshold is no number of deviations out of a book: what
//! one series does where nothing changes is made again many times from the residuals of all series, its noise taken anew
//! each time as it is of a real one, and the threshold is the value that its statistic exceeds as seldom as the number of
//! series allows.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::noise::{Noise, mean, median, noise};

/// One night in so many may have an alarm though nothing changed. The aim is one in thirty; some is kept back for what
/// the residuals do not tell.
const NIGHTS_AN_ALARM: f64 = 38.0;
/// The last nights that are taken together: two show a large shift early, four a smaller one surely.
pub const WINDOWS: [usize; 2] = [2, 4];
/// So much is taken off the statistic of each window: what is to be found within four nights has an easier task.
const HANDICAPS: [f64; 2] = [0.0, 0.15];
/// Values of a window further from its median than so many deviations are drawn in to there.
const DRAWN_IN: f64 = 2.0;
/// A series is made again so often.
const SERIES: usize = 60_000;
/// The tail of the statistic is taken from this share of them.
const TAIL: f64 = 0.003;

/// Computes the statistic of the last night: how far, in deviations, the last two, or the last four, nights together are above
/// the centre, whichever is the furthest. `nights` ends with the last one; with fewer than two there is none.
pub fn statistic<N: AsRef<[f64]>>(noise: &Noise, nights: &[N]) -> Option<f64> {
    let of_window = |(window, handicap): (&usize, &f64)| {
        let values: Vec<f64> =
            nights[nights.len() - window..].iter().flat_map(|night| night.as_ref()).copied().collect();
        let middle = median(&values);
        let reach = DRAWN_IN * noise.repetition;
        let drawn_in: Vec<f64> = values.iter().map(|value| value.clamp(middle - reach, middle + reach)).collect();
        let window = *window as f64;
        let error = noise.night * (1.0 / window + 1.0 / noise.nights as f64).sqrt();
        (mean(&drawn_in) - noise.centre) / error - handicap
    };
    let windows = WINDOWS.iter().zip(&HANDICAPS);
    windows.filter(|(window, _)| **window <= nights.len()).map(of_window).reduce(f64::max)
}

/// Computes the threshold for so many series, each with a noise from so many nights of so many repetitions. `residuals` are
/// those of all series, in deviations of a repetition.
pub fn threshold(residuals: &[f64], nights: usize, repetitions: usize, series: usize, seed: u64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let longest = WINDOWS[WINDOWS.len() - 1];
    let mut draw = |nights: usize| -> Vec<Vec<f64>> {
        let value = |rng: &mut ChaCha8Rng| residuals[rng.random_range(0..residuals.len())];
        (0..nights).map(|_| (0..repetitions).map(|_| value(&mut rng)).collect()).collect()
    };
    let mut statistics: Vec<f64> = (0..SERIES)
        .filter_map(|_| {
            let noise = noise(&draw(nights), 0.0)?;
            statistic(&noise, &draw(longest))
        })
        .filter(|statistic| statistic.is_finite())
        .collect();
    statistics.sort_unstable_by(f64::total_cmp);
    tail(&statistics, 1.0 / NIGHTS_AN_ALARM / series.max(1) as f64)
}

/// Finds the value that is exceeded with this chance: the tail of such a statistic falls off exponentially.
fn tail(sorted: &[f64], chance: f64) -> f64 {
    let above = ((sorted.len() as f64 * TAIL) as usize).max(1);
    let Some(start) = sorted.len().checked_sub(above + 1).map(|i| sorted[i]) else { return f64::INFINITY };
    let beyond = mean(&sorted[sorted.len() - above..].iter().map(|value| value - start).collect::<Vec<f64>>());
    start + beyond * (TAIL / chance).ln().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Noise = Noise { centre: 1.0, night: 0.5, repetition: 0.5, nights: 30 };

    #[test]
    fn a_shift_counts_from_the_second_night_on() {
        assert_eq!(statistic(&CALM, &[vec![9.0]]), None);
        let two = statistic(&CALM, &[vec![3.0], vec![3.0]]).unwrap();
        assert!((two - 2.0 / (0.5 * (0.5_f64 + 1.0 / 30.0).sqrt())).abs() < 1e-12, "{two}");
        // One far repetition is drawn in to what its night's others say.
        let calm = vec![1.0, 1.0, 1.0];
        let far = vec![calm.clone(), vec![1.0, 50.0, 1.0]];
        let drawn_in = statistic(&CALM, &far).unwrap();
        let error = 0.5 * (0.5_f64 + 1.0 / 30.0).sqrt();
        assert!((drawn_in - DRAWN_IN * 0.5 / 6.0 / error).abs() < 1e-12, "{drawn_in}");
    }

    #[test]
    fn more_series_and_farther_values_raise_the_threshold() {
        let normal: Vec<f64> = (1..2000)
            .map(|i| {
                use statrs::distribution::{ContinuousCDF, Normal};
                Normal::new(0.0, 1.0).unwrap().inverse_cdf(f64::from(i) / 2000.0)
            })
            .collect();
        let of = |series| threshold(&normal, 30, 3, series, 1);
        let (one, many) = (of(1), of(200));
        assert!((1.5..3.5).contains(&one) && (3.6..4.8).contains(&many), "{one} {many}");
        let far: Vec<f64> = normal.iter().map(|value| value * value.abs()).collect();
        assert!(threshold(&far, 30, 3, 200, 1) > many + 0.2);
    }
}
