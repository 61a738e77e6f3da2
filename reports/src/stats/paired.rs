//! Two methods are compared by paired differences of their gaps over the same subnets and seeds.

use serde::{Deserialize, Serialize};

use super::bootstrap::{Estimate, Settings, mean_over_cells};
use super::gap::Direction;
use super::scores::Scores;
use crate::error::Result;

/// A paired difference is one method's mean gap minus another's, over the same subnets and seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    /// The difference of the mean absolute gaps; negative when the first method's is smaller.
    pub mae_difference: Estimate,
    /// Difference of the mean signed gaps; negative when the first method's own scores are better. From-scratch scores
    /// cancel in it, so it keeps its meaning where supernets are ahead of training from scratch.
    pub mean_gap_difference: Estimate,
}

/// Computes the differences of two methods in each cell, of their absolute and of their signed gaps.
///
/// # Errors
/// This fails when the tables differ in shape.
pub fn difference_cells(
    scratch: &Scores,
    method: &Scores,
    against: &Scores,
    direction: Direction,
) -> Result<[Scores; 2]> {
    let difference = |gap: &dyn Fn(f64, f64) -> f64| {
        scratch.zip(method, gap)?.zip(&scratch.zip(against, gap)?, |own, other| own - other)
    };
    Ok([difference(&|a, b| (a - b).abs())?, difference(&|a, b| direction.gap(a, b))?])
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
    let [absolute, signed] = difference_cells(scratch, method, against, direction)?;
    Ok(PairedDifference {
        mae_difference: mean_over_cells(&absolute, settings),
        mean_gap_difference: mean_over_cells(&signed, settings),
    })
}
