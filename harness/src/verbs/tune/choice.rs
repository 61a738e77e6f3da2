//! Chooses the best rate of a sweep.

use anyhow::{Result, bail};
use mos_plan::planner::sweep::Series;

/// The best rate of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What was swept.
    pub series: Series,
    /// The best peak rate.
    pub rate: f64,
    /// Its validation loss.
    pub loss: f64,
    /// Every rate that was tried, with its loss; none where training diverged.
    pub curve: Vec<(f64, Option<f64>)>,
    /// Whether the best stands at an end of what was tried, where a still better one may lie beyond.
    pub at_an_end: bool,
}

/// Chooses the rate with the lowest loss; the lower rate on a tie.
pub fn choose(series: &Series, grid: &[f64], losses: &[Option<f64>]) -> Result<Choice> {
    let mut curve: Vec<(f64, Option<f64>)> = grid.iter().copied().zip(losses.iter().copied()).collect();
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    let tried = curve.iter().filter_map(|&(rate, loss)| Some((rate, loss?)));
    let Some((rate, loss)) = tried.min_by(|a, b| a.1.total_cmp(&b.1)) else {
        bail!("{}: training diverged at every rate; sweep lower ones with --rates", series.label());
    };
    // A diverged neighbour is an end of the useful rates, not of the grid.
    let at_an_end = rate == curve[0].0 || rate == curve[curve.len() - 1].0;
    Ok(Choice { series: series.clone(), rate, loss, curve, at_an_end })
}

/// Returns the rate one step beyond the end of the grid at which the best stands; the step is as wide as its neighbour.
pub fn beyond(grid: &[f64], best: f64) -> f64 {
    let mut sorted = grid.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let next = if best == sorted[0] { best * best / sorted[1] } else { best * best / sorted[last - 1] };
    // Three significant digits make a rate that people can read and type.
    format!("{next:.2e}").parse().expect("a printed number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hat() -> Series {
        Series::Supernet("hat".to_string())
    }

    #[test]
    fn the_lowest_loss_wins_and_ends_are_seen() {
        let grid = [1e-3, 2e-3, 4e-3];
        let c = choose(&hat(), &grid, &[Some(4.0), Some(3.0), Some(3.5)]).unwrap();
        assert_eq!((c.rate, c.at_an_end), (2e-3, false));
        let c = choose(&hat(), &grid, &[Some(4.0), Some(3.0), Some(2.5)]).unwrap();
        assert_eq!((c.rate, c.at_an_end), (4e-3, true));
        let c = choose(&hat(), &grid, &[Some(4.0), Some(3.0), None]).unwrap();
        assert_eq!((c.rate, c.at_an_end), (2e-3, false));
        assert!(choose(&hat(), &grid, &[None, None, None]).is_err());
    }

    #[test]
    fn a_grid_is_widened_by_its_own_step() {
        assert_eq!(beyond(&[1e-3, 2e-3, 4e-3], 4e-3), 8e-3);
        assert_eq!(beyond(&[1e-3, 2e-3, 4e-3], 1e-3), 5e-4);
        assert_eq!(beyond(&[1e-3, 2e-3, 4e-3, 8e-3], 8e-3), 1.6e-2);
    }
}
