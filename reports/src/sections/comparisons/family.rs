//! The family is the few comparisons that a run may decide. All others show their intervals and no word.

use crate::error::Result;
use crate::run::{Quality, Run};
use crate::sections::gaps::cells::cells;
use crate::stats::{Basis, Estimate, Scores, TTest, Verdict, holm, judge, mean_gap, t_test};

use super::facts::{Comparison, compare};

/// A comparison that the profile lists.
#[derive(Clone, Debug)]
pub struct Primary {
    /// The method that is judged.
    pub method: String,
    /// What it is compared with.
    pub against: String,
    /// The comparison; absent where they share no scores.
    pub comparison: Option<Comparison>,
    /// The t test on the seeds' mean differences, with enough seeds.
    pub test: Option<TTest>,
    /// Its p value, adjusted for the others of the family.
    pub adjusted: Option<f64>,
    /// What may be said.
    pub verdict: Verdict,
    /// The difference with the subnets whose training from scratch failed, where there are any.
    pub with_failed: Option<Estimate>,
}

/// The comparisons that a run may decide, all of them by the same measure.
#[derive(Clone, Debug)]
pub struct Family {
    /// By what methods are compared, ordered and credited.
    pub basis: Basis,
    /// The compared methods whose mean signed gap on validation is below zero, which decides the basis.
    pub ahead: Vec<String>,
    /// The comparisons, in the order of the profile.
    pub primary: Vec<Primary>,
}

impl Family {
    /// Computes the family of a run.
    ///
    /// # Errors
    /// This fails when a statistic fails.
    pub fn new(run: &Run) -> Result<Family> {
        let ahead = ahead_on_validation(run)?;
        let basis = if ahead.is_empty() { Basis::AbsoluteGap } else { Basis::OwnScores };
        let listed = run.manifest.comparisons.iter();
        let mut primary: Vec<Primary> =
            listed.map(|c| measure(run, basis, &c.method, &c.against)).collect::<Result<_>>()?;
        adjust(&mut primary);
        for one in &mut primary {
            let undefined = Estimate { value: None, lo: None, hi: None };
            let interval = one.comparison.as_ref().map_or(&undefined, |c| c.by(basis));
            let seeds = one.comparison.as_ref().map_or(0, |c| c.seeds);
            one.verdict = judge(basis, seeds, one.adjusted, interval);
        }
        Ok(Family { basis, ahead, primary })
    }

    /// Finds a comparison of the family.
    pub fn find(&self, method: &str, against: &str) -> Option<&Primary> {
        self.primary.iter().find(|one| one.method == method && one.against == against)
    }
}

/// Finds the compared methods whose mean signed gap on validation is below zero. Where a run lists no comparison all of
/// its methods are taken as compared.
fn ahead_on_validation(run: &Run) -> Result<Vec<String>> {
    let listed = &run.manifest.comparisons;
    let compared = |method: &str| listed.is_empty() || listed.iter().any(|c| c.method == method || c.against == method);
    let among = run.headline_subnets();
    let quality = Quality::VALIDATION_LOSS;
    let mut ahead = Vec::new();
    for method in run.methods.iter().filter(|method| compared(method)) {
        let Some(cells) = cells(run, &run.scores(quality), method, &among)? else { continue };
        let all = |scores: &Scores| (0..scores.seeds()).flat_map(|seed| scores.column(seed)).collect::<Vec<f64>>();
        let signed = mean_gap(&all(&cells.scratch), &all(&cells.supernet), quality.direction());
        if signed.is_some_and(|signed| signed < 0.0) {
            ahead.push(method.clone());
        }
    }
    Ok(ahead)
}

/// Measures one comparison, without a verdict yet.
fn measure(run: &Run, basis: Basis, method: &str, against: &str) -> Result<Primary> {
    let (sound, all) = (run.headline_subnets(), run.headline_with_failed());
    let comparison = compare(run, method, against, &sound)?;
    let with_failed = if sound.len() < all.len() { compare(run, method, against, &all)? } else { None };
    let enough = comparison.as_ref().filter(|c| c.seeds >= crate::stats::LEAST_SEEDS);
    let test = enough.and_then(|c| t_test(c.of_seeds(basis)));
    Ok(Primary {
        method: method.to_owned(),
        against: against.to_owned(),
        test,
        adjusted: None,
        verdict: Verdict::FewTrainings(0),
        with_failed: with_failed.map(|c| *c.by(basis)),
        comparison,
    })
}

/// Adjusts the p values. A listed comparison that could not be tested stays in the family as one that says nothing, so
/// that what a diverged training takes away makes no other comparison easier to decide.
fn adjust(primary: &mut [Primary]) {
    let p: Vec<f64> = primary.iter().map(|one| one.test.map_or(1.0, |test| test.p)).collect();
    for (one, adjusted) in primary.iter_mut().zip(holm(&p)) {
        one.adjusted = one.test.map(|_| adjusted);
    }
}
