//! This measures size, sign and ordering of the gap between supernet and from-scratch scores.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Estimate, Settings, bootstrap, mean_over_cells};
use super::rank::RankedPair;
use super::scores::Scores;
use crate::error::Result;

/// A direction says which way a metric is good. It decides the sign of a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Higher values are better, as of a score such as BLEU.
    HigherIsBetter,
    /// Lower values are better, as of a loss.
    LowerIsBetter,
}

impl Direction {
    /// Tells how far the supernet is behind: scratch minus supernet for a score, negated for a loss.
    pub fn gap(self, scratch: f64, supernet: f64) -> f64 {
        match self {
            Direction::HigherIsBetter => scratch - supernet,
            Direction::LowerIsBetter => supernet - scratch,
        }
    }
}

/// A gap says how a supernet's scores stand to from-scratch scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The number of subnets compared.
    pub n: usize,
    /// The mean absolute gap, in the metric's unit.
    pub mae: Estimate,
    /// The mean signed gap, in the metric's unit; it is positive when the supernet is behind.
    pub mean_gap: Estimate,
    /// Kendall's tau-b between the supernet's and the from-scratch scores.
    pub kendall_tau_b: Estimate,
    /// Spearman's rho between the supernet's and the from-scratch scores.
    pub spearman: Estimate,
}

/// Computes the mean absolute gap of two columns of equal length; `None` of empty ones.
///
/// # Panics
/// This panics when the lengths differ.
pub fn mae(scratch: &[f64], supernet: &[f64]) -> Option<f64> {
    mean_of_pairs(scratch, supernet, |a, b| (a - b).abs())
}

/// Computes the mean signed gap of two columns of equal length ([`Direction::gap`]); `None` of empty ones.
///
/// # Panics
/// This panics when the lengths differ.
pub fn mean_gap(scratch: &[f64], supernet: &[f64], direction: Direction) -> Option<f64> {
    mean_of_pairs(scratch, supernet, |a, b| direction.gap(a, b))
}

fn mean_of_pairs(x: &[f64], y: &[f64], f: impl Fn(f64, f64) -> f64) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "a gap needs two columns of equal length");
    (!x.is_empty()).then(|| x.iter().zip(y).map(|(&a, &b)| f(a, b)).sum::<f64>() / x.len() as f64)
}

/// Computes all statistics of one method's gap, with intervals.
///
/// # Errors
/// This fails when the tables differ in shape.
pub fn gap(scratch: &Scores, supernet: &Scores, direction: Direction, settings: &Settings) -> Result<Gap> {
    let signed = scratch.zip(supernet, |a, b| direction.gap(a, b))?;
    let absolute = scratch.zip(supernet, |a, b| (a - b).abs())?;
    let pairs: Vec<RankedPair> =
        (0..scratch.seeds()).map(|seed| RankedPair::new(&scratch.column(seed), &supernet.column(seed))).collect();
    let correlation = |of: fn(&RankedPair, &[usize]) -> Option<f64>| {
        let average = |rows: &[usize], seeds: &[usize]| {
            let sum: Option<f64> = seeds.iter().map(|&seed| of(&pairs[seed], rows)).sum();
            Some(sum? / seeds.len() as f64)
        };
        bootstrap(scratch.subnets(), scratch.seeds(), settings, average)
    };
    Ok(Gap {
        n: scratch.subnets(),
        mae: mean_over_cells(&absolute, settings),
        mean_gap: mean_over_cells(&signed, settings),
        kendall_tau_b: correlation(RankedPair::kendall_tau_b),
        spearman: correlation(RankedPair::spearman),
    })
}

/// Computes the signed gap of each subnet, averaged over seeds, with an interval over redrawn seeds (none with one
/// seed).
///
/// # Errors
/// This fails when the tables differ in shape.
pub fn subnet_gaps(
    scratch: &Scores,
    supernet: &Scores,
    direction: Direction,
    settings: &Settings,
) -> Result<Vec<Estimate>> {
    let signed = scratch.zip(supernet, |a, b| direction.gap(a, b))?;
    let of_subnet = |subnet: usize| {
        let mean = |_: &[usize], seeds: &[usize]| {
            Some(seeds.iter().map(|&seed| signed.at(subnet, seed)).sum::<f64>() / seeds.len() as f64)
        };
        bootstrap(1, signed.seeds(), settings, mean)
    };
    Ok((0..signed.subnets()).map(of_subnet).collect())
}
