//! Where the level of a series changed: for a person who looks back, while an alarm is about the last night.
//!
//! The nights are cut into levels so that the squared distances to the levels, plus a price for every cut, are least (optimal
//! partitioning; Jackson et al. 2005). A lone far night is drawn in to its neighbours first, so that it makes no level.

use super::noise::{MAD, mean, median};

/// A cut costs so many variances, times the logarithm of the number of nights; Schwarz's criterion has 2.
const PRICE: f64 = 3.0;
/// A level has so many nights at least.
const SHORTEST: usize = 2;
/// A night is compared with so many on either side.
const NEIGHBOURS: usize = 2;
/// A night further from its neighbours than so many deviations is drawn in to there.
const DRAWN_IN: f64 = 3.0;

/// Finds the nights, by place, in which a new level begins. `values` are the nights' values, in order.
pub fn changes(values: &[f64]) -> Vec<usize> {
    let n = values.len();
    let Some(deviation) = deviation(values).filter(|_| n >= 2 * SHORTEST) else { return vec![] };
    let values = drawn_in(values, deviation);
    let price = PRICE * (n as f64).ln() * deviation * deviation;
    let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
    for value in &values {
        sums.push(sums[sums.len() - 1] + value);
        squares.push(squares[squares.len() - 1] + value * value);
    }
    let cost = |from: usize, to: usize| {
        let sum: f64 = sums[to] - sums[from];
        squares[to] - squares[from] - sum * sum / (to - from) as f64
    };
    // The best cut of the first nights is found from those of fewer.
    let mut best = vec![(0.0, 0); n + 1];
    for to in 1..=n {
        best[to] = (0..=to.saturating_sub(SHORTEST))
            .filter(|from| *from == 0 || *from >= SHORTEST)
            .map(|from| (best[from].0 + cost(from, to) + if from == 0 { 0.0 } else { price }, from))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap_or((f64::INFINITY, 0));
    }
    let mut cuts = Vec::new();
    let mut to = n;
    while best[to].1 > 0 {
        to = best[to].1;
        cuts.push(to);
    }
    cuts.reverse();
    cuts
}

/// Takes the deviation of a night from the differences between one night and the next, which no level moves; `None` where
/// there is none.
fn deviation(values: &[f64]) -> Option<f64> {
    let steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let deviation = if steps.is_empty() { 0.0 } else { MAD * median(&steps) / 2.0_f64.sqrt() };
    (deviation > 0.0).then_some(deviation)
}

fn drawn_in(values: &[f64], deviation: f64) -> Vec<f64> {
    // The values are taken from their mean, so that their squares keep their digits.
    let centre = mean(values);
    let night = |(at, value): (usize, &f64)| {
        let around = &values[at.saturating_sub(NEIGHBOURS)..(at + NEIGHBOURS + 1).min(values.len())];
        let middle = median(around);
        value.clamp(middle - DRAWN_IN * deviation, middle + DRAWN_IN * deviation) - centre
    };
    values.iter().enumerate().map(night).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a noise that is the same in every run, around a level for each night.
    fn series(level: impl Fn(usize) -> f64, nights: usize) -> Vec<f64> {
        (0..nights).map(|night| level(night) + ((night * 7919 + 13) % 101) as f64 / 101.0 - 0.5).collect()
    }

    #[test]
    fn levels_are_found_where_they_change() {
        assert_eq!(changes(&series(|_| 5.0, 120)), [] as [usize; 0]);
        let found = changes(&series(
            |night| {
                if night < 40 {
                    5.0
                } else if night < 80 {
                    7.0
                } else {
                    6.0
                }
            },
            120,
        ));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].abs_diff(40) <= 1 && found[1].abs_diff(80) <= 1, "{found:?}");
    }

    #[test]
    fn a_lone_far_night_and_too_few_nights_make_no_level() {
        assert_eq!(changes(&series(|night| if night == 60 { 50.0 } else { 5.0 }, 120)), [] as [usize; 0]);
        for few in [&[][..], &[1.0], &[1.0, 9.0], &[2.0; 40]] {
            assert_eq!(changes(few), [] as [usize; 0]);
        }
    }
}
