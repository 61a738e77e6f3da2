//! Evidence is what was measured of two methods, by subnet and by unit (a training, or a timing).

use crate::stats::{Estimate, RankedPair, Scores, Settings, bootstrap_draws, kendall_tau_b, quantile};

/// What was measured of two methods, turned so that a difference below 0 is in the claim's favour.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    compared: Compared,
    sign: f64,
    /// The ranks of both methods' scores, each beside those from scratch, unit by unit; none of differences.
    ranks: Vec<[RankedPair; 2]>,
}

/// The values that are compared; tables are of subnets x units.
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// The method's value minus the other's, cell by cell; their mean counts.
    Differences(Scores),
    /// The rank correlations of both methods with training from scratch, unit by unit; the mean of their differences
    /// counts.
    Ranks {
        /// The scores from scratch.
        scratch: Scores,
        /// The method's scores.
        own: Scores,
        /// The other method's scores.
        other: Scores,
    },
}

impl Evidence {
    /// Takes what was measured, with the factor that turns a difference in the claim's favour below 0.
    pub fn new(compared: Compared, sign: f64) -> Evidence {
        let ranks = match &compared {
            Compared::Differences(_) => vec![],
            Compared::Ranks { scratch, own, other } => {
                let pair = |scores: &Scores, unit| RankedPair::new(&scratch.column(unit), &scores.column(unit));
                (0..scratch.seeds()).map(|unit| [own, other].map(|scores| pair(scores, unit))).collect()
            }
        };
        Evidence { compared, sign, ranks }
    }

    fn table(&self) -> &Scores {
        match &self.compared {
            Compared::Differences(differences) => differences,
            Compared::Ranks { scratch, .. } => scratch,
        }
    }

    /// The number of subnets.
    pub fn subnets(&self) -> usize {
        self.table().subnets()
    }

    /// The number of units.
    pub fn units(&self) -> usize {
        self.table().seeds()
    }

    /// Computes the turned difference over drawn subnets and units; `None` where it is undefined.
    fn drawn(&self, rows: &[usize], units: &[usize]) -> Option<f64> {
        self.sum(units, |unit| match &self.compared {
            Compared::Differences(cells) => {
                Some(rows.iter().map(|&row| cells.at(row, unit)).sum::<f64>() / rows.len() as f64)
            }
            Compared::Ranks { .. } => {
                let [own, other] = &self.ranks[unit];
                Some(own.kendall_tau_b(rows)? - other.kendall_tau_b(rows)?)
            }
        })
    }

    /// Computes the turned difference with the two methods swapped within some subnets, over all units at once.
    pub(super) fn swapped(&self, swaps: &[bool]) -> Option<f64> {
        let units: Vec<usize> = (0..self.units()).collect();
        self.sum(&units, |unit| match &self.compared {
            Compared::Differences(cells) => {
                let turned = |row: usize| if swaps[row] { -cells.at(row, unit) } else { cells.at(row, unit) };
                Some((0..swaps.len()).map(turned).sum::<f64>() / swaps.len() as f64)
            }
            Compared::Ranks { scratch, own, other } => {
                let scratch = scratch.column(unit);
                let pick = |a: &Scores, b: &Scores| -> Vec<f64> {
                    (0..swaps.len()).map(|row| if swaps[row] { b.at(row, unit) } else { a.at(row, unit) }).collect()
                };
                Some(kendall_tau_b(&scratch, &pick(own, other))? - kendall_tau_b(&scratch, &pick(other, own))?)
            }
        })
    }

    /// Averages over units, and turns.
    fn sum(&self, units: &[usize], of: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        let sum: Option<f64> = units.iter().map(|&unit| of(unit)).sum();
        Some(self.sign * sum? / units.len() as f64)
    }

    /// Computes the difference, the method's value minus the other's as it is shown, with its interval from redrawn
    /// ones.
    pub fn difference(&self, draws: &[f64]) -> Estimate {
        let tail = (1.0 - Settings::LEVEL) / 2.0;
        let at = |share: f64| quantile(draws, share).map(|value| self.sign * value);
        let (lo, hi) = if self.sign > 0.0 { (at(tail), at(1.0 - tail)) } else { (at(1.0 - tail), at(tail)) };
        Estimate { value: self.value().map(|value| self.sign * value), lo, hi }
    }

    /// Gives the turned differences over redrawn subnets and units, sorted; none where there is nothing to redraw.
    pub fn draws(&self, settings: &Settings) -> Vec<f64> {
        if self.subnets() < 2 && self.units() < 2 {
            return vec![];
        }
        bootstrap_draws(self.subnets(), self.units(), settings, |rows, units| self.drawn(rows, units))
    }

    /// Computes the turned difference itself.
    pub fn value(&self) -> Option<f64> {
        let all = |n: usize| (0..n).collect::<Vec<usize>>();
        self.drawn(&all(self.subnets()), &all(self.units()))
    }

    /// Gives the turned difference of each unit.
    pub fn by_unit(&self) -> Option<Vec<f64>> {
        let rows: Vec<usize> = (0..self.subnets()).collect();
        (0..self.units()).map(|unit| self.drawn(&rows, &[unit])).collect()
    }

    /// Gives the turned differences cell by cell; `None` where the quantity has none a cell.
    pub fn cells(&self) -> Option<Vec<Vec<f64>>> {
        let Compared::Differences(cells) = &self.compared else { return None };
        let row = |row: usize| (0..cells.seeds()).map(|unit| self.sign * cells.at(row, unit)).collect();
        Some((0..cells.subnets()).map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[f64; 2]]) -> Scores {
        Scores::from_rows(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn differences_are_averaged_turned_and_swapped() {
        let cells = table(&[[1.0, 3.0], [-2.0, 6.0], [4.0, 0.0]]);
        let lower = Evidence::new(Compared::Differences(cells.clone()), 1.0);
        assert_eq!((lower.value(), lower.by_unit().unwrap()), (Some(2.0), vec![1.0, 3.0]));
        assert_eq!(lower.swapped(&[false; 3]), Some(2.0));
        assert_eq!(lower.swapped(&[true, false, false]), Some((2.0 * 6.0 - 8.0) / 6.0));
        let higher = Evidence::new(Compared::Differences(cells), -1.0);
        assert_eq!((higher.value(), higher.by_unit().unwrap()), (Some(-2.0), vec![-1.0, -3.0]));
        // What is shown is the method's value minus the other's, whichever is claimed to be higher.
        let settings = Settings::default();
        let [low, high] = [&lower, &higher].map(|evidence| evidence.difference(&evidence.draws(&settings)));
        assert_eq!((low.value, high.value), (Some(2.0), Some(2.0)));
        assert_eq!((low.lo, low.hi), (high.lo, high.hi));
        assert_eq!(higher.cells().unwrap()[1], [2.0, -6.0]);
    }

    #[test]
    fn swapping_all_subnets_turns_the_difference() {
        let scratch = table(&[[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]]);
        let own = table(&[[1.0, 2.0], [2.0, 1.0], [3.0, 3.0], [4.0, 4.0]]);
        let other = table(&[[4.0, 1.0], [3.0, 2.0], [2.0, 4.0], [1.0, 3.0]]);
        let ranks = Evidence::new(Compared::Ranks { scratch, own, other }, -1.0);
        // Seed 1: tau-b 1 and -1; seed 2: one of six pairs is turned on either side.
        assert_eq!(ranks.value(), Some(-1.0));
        assert_eq!(ranks.swapped(&[true; 4]), Some(1.0));
        assert_eq!(ranks.cells(), None);
    }
}
