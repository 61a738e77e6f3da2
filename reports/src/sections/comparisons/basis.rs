//! By what methods are compared: by the absolute gap, or by own scores where the absolute gap means nothing.

use crate::claims::{Quantity, families};
use crate::error::Result;
use crate::run::{Quality, Run};
use crate::sections::gaps::cells::cells;
use crate::stats::{Scores, mean_gap};

/// The basis says by what two methods are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// By the mean absolute gap: nearer to training from scratch is better.
    AbsoluteGap,
    /// By the mean signed gap, in which the scores from scratch cancel: better own scores are better.
    OwnScores,
}

impl Basis {
    /// Gives the basis of a run in which these methods are ahead of training from scratch.
    pub fn of(ahead: &[String]) -> Basis {
        if ahead.is_empty() { Basis::AbsoluteGap } else { Basis::OwnScores }
    }
}

/// Finds the compared methods whose mean signed gap on validation is below zero: an absolute gap grows as such a method
/// gets better. Compared are the methods whose gap is the subject of a claim.
///
/// # Errors
/// This fails when a statistic fails.
pub fn ahead_on_validation(run: &Run) -> Result<Vec<String>> {
    let claims: Vec<_> = families(run.manifest.track).into_iter().flat_map(|family| family.claims).collect();
    let in_claim = |method: &str| {
        claims.iter().any(|c| c.quantity == Quantity::Gap && (c.method == method || c.against == method))
    };
    let among = run.headline_subnets();
    let quality = Quality::VALIDATION_LOSS;
    let mut ahead = Vec::new();
    for method in run.methods.iter().filter(|method| in_claim(method)) {
        let Some(cells) = cells(run, &run.scores(quality), method, &among)? else { continue };
        let all = |scores: &Scores| (0..scores.seeds()).flat_map(|seed| scores.column(seed)).collect::<Vec<f64>>();
        let signed = mean_gap(&all(&cells.scratch), &all(&cells.supernet), quality.direction());
        if signed.is_some_and(|signed| signed < 0.0) {
            ahead.push(method.clone());
        }
    }
    Ok(ahead)
}
