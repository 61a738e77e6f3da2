//! This measures size, sign and ordering of the gap between supernet and from-scratch scores, and compares methods by
//! it.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Estimate, Settings, bootstrap};
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

/// A verdict is what the interval of a paired difference decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The whole interval is below zero: the first method's gap is smaller.
    Narrower,
    /// The whole interval is above zero: the first method's gap is larger.
    Wider,
    /// The interval holds zero, or there is none.
    Inconclusive,
}

impl Verdict {
    /// Decides by the interval alone.
    pub fn of(difference: &Estimate) -> Verdict {
        match (difference.lo, difference.hi) {
            (_, Some(hi)) if hi < 0.0 => Verdict::Narrower,
            (Some(lo), _) if lo > 0.0 => Verdict::Wider,
            _ => Verdict::Inconclusive,
        }
    }

    /// Gives the word that stands in a table.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Narrower => "narrower",
            Verdict::Wider => "wider",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// A paired difference is one method's mean gap minus another's, over the same subnets and seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    /// The difference of the mean absolute gaps; negative when the first method's is smaller.
    pub mae_difference: Estimate,
    /// What the interval decides.
    pub verdict: Verdict,
    /// Difference of the mean signed gaps; negative when the first method's own scores are better. From-scratch scores
    /// cancel in it, so it keeps its meaning where supernets are ahead of training from scratch.
    pub mean_gap_difference: Estimate,
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
        mae: mean_with_interval(&absolute, settings),
        mean_gap: mean_with_interval(&signed, settings),
        kendall_tau_b: correlation(RankedPair::kendall_tau_b),
        spearman: correlation(RankedPair::spearman),
    })
}

/// Computes `method`'s mean gap minus that of `against`, absolute and signed, over the same subnets and seeds. The
/// difference is taken in each cell, so what the cells have in common (the from-scratch training, the subnet's
/// difficulty) cancels.
///
/// # Errors
/// This fails when the tables differ in shape.
pub fn paired_difference(
    scratch: &Scores,
    method: &Scores,
    against: &Scores,
    direction: Direction,
    settings: &Settings,
) -> Result<PairedDifference> {
    let difference = |gap: &dyn Fn(f64, f64) -> f64| {
        let of = |supernet: &Scores| scratch.zip(supernet, gap);
        Ok(mean_with_interval(&of(method)?.zip(&of(against)?, |a, b| a - b)?, settings))
    };
    let mae_difference = difference(&|scratch, supernet| (scratch - supernet).abs())?;
    Ok(PairedDifference {
        mae_difference,
        verdict: Verdict::of(&mae_difference),
        mean_gap_difference: difference(&|scratch, supernet| direction.gap(scratch, supernet))?,
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

/// Computes the mean over all cells, which is the mean over seeds of the means over subnets.
fn mean_with_interval(cells: &Scores, settings: &Settings) -> Estimate {
    bootstrap(cells.subnets(), cells.seeds(), settings, |rows, seeds| {
        let sum: f64 = rows.iter().map(|&row| seeds.iter().map(|&seed| cells.at(row, seed)).sum::<f64>()).sum();
        Some(sum / (rows.len() * seeds.len()) as f64)
    })
}
