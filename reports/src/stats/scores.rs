//! Every statistic takes one table of scores.

use crate::error::{Error, Result};

/// Scores are a table of finite values of `subnets` x `seeds`, at least one of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    subnets: usize,
    seeds: usize,
    values: Vec<f64>,
}

impl Scores {
    /// Makes a table with one row for each subnet, each with one value for each seed.
    ///
    /// # Errors
    /// [`Error::Scores`] when there is no row or no column, rows differ in length, or a value is not finite.
    pub fn from_rows(rows: &[Vec<f64>]) -> Result<Scores> {
        let (subnets, seeds) = (rows.len(), rows.first().map_or(0, Vec::len));
        if seeds == 0 {
            return Err(Error::Scores("none given".into()));
        }
        for (i, row) in rows.iter().enumerate() {
            if row.len() != seeds {
                return Err(Error::Scores(format!("subnet {} has {} seeds, the first {seeds}", i + 1, row.len())));
            }
            if let Some(value) = row.iter().find(|value| !value.is_finite()) {
                return Err(Error::Scores(format!("subnet {} has the value {value}", i + 1)));
            }
        }
        Ok(Scores { subnets, seeds, values: rows.concat() })
    }

    /// Makes a table with one value for each subnet, all of a single seed.
    ///
    /// # Errors
    /// [`Error::Scores`] when there is no value, or one is not finite.
    pub fn from_column(values: &[f64]) -> Result<Scores> {
        Scores::from_rows(&values.iter().map(|&value| vec![value]).collect::<Vec<_>>())
    }

    /// The number of subnets (rows).
    pub fn subnets(&self) -> usize {
        self.subnets
    }

    /// The number of seeds (columns).
    pub fn seeds(&self) -> usize {
        self.seeds
    }

    /// The value of one subnet under one seed.
    pub fn at(&self, subnet: usize, seed: usize) -> f64 {
        self.values[subnet * self.seeds + seed]
    }

    /// The values of one seed, by subnet.
    pub fn column(&self, seed: usize) -> Vec<f64> {
        (0..self.subnets).map(|subnet| self.at(subnet, seed)).collect()
    }

    /// Makes a table of the same shape from this one and `other`, cell by cell.
    pub(super) fn zip(&self, other: &Scores, f: impl Fn(f64, f64) -> f64) -> Result<Scores> {
        if (self.subnets, self.seeds) != (other.subnets, other.seeds) {
            return Err(Error::Scores(format!(
                "{} subnets x {} seeds cannot be compared with {} x {}",
                self.subnets, self.seeds, other.subnets, other.seeds
            )));
        }
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| f(a, b)).collect();
        Ok(Scores { values, ..*self })
    }
}
