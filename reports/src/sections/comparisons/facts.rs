//! Methods are compared with each other by paired differences of the gap, against the baselines and against the
//! controls.

use mos_plan::SubnetId;
use mos_spaces::Method;
use mos_spaces::method::{baselines, controls_of, proposed, reference};

use super::basis::Basis;
use crate::error::Result;
use crate::run::Run;
use crate::sections::gaps::cells::{Lookup, common_cells, scores};
use crate::stats::{self, Direction, Estimate, Settings};

/// A comparison sets one method against another over the same subnets and seeds.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The method.
    pub method: String,
    /// What it is compared with.
    pub against: String,
    /// The method's mean absolute gap minus the other's.
    pub absolute: Estimate,
    /// The method's mean signed gap minus the other's; negative means that the method's own scores are better.
    pub signed: Estimate,
    /// The number of subnets compared.
    pub subnets: usize,
    /// The number of seeds compared.
    pub seeds: usize,
}

impl Comparison {
    /// Gives the difference by which the methods are compared.
    pub fn by(&self, basis: Basis) -> &Estimate {
        match basis {
            Basis::AbsoluteGap => &self.absolute,
            Basis::OwnScores => &self.signed,
        }
    }
}

/// Gives the baseline over which a proposed method claims its gain: it shares weights as that method does, save for
/// what the method proposes.
///
/// # Panics
/// This panics when the table of methods has no baseline.
pub fn plain() -> &'static Method {
    baselines().first().expect("the table of methods has a baseline")
}

/// Compares each method with each baseline, where both have scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn against_baselines(run: &Run) -> Result<Vec<Comparison>> {
    let among = run.headline_subnets();
    let pairs = baselines().into_iter().flat_map(|b| run.methods.iter().map(move |m| (m.as_str(), b.name.as_str())));
    pairs.filter(|(m, baseline)| m != baseline).filter_map(|(m, b)| compare(run, m, b, &among).transpose()).collect()
}

/// Compares each proposed method with its controls, where both have scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn against_controls(run: &Run) -> Result<Vec<Comparison>> {
    let among = run.headline_subnets();
    let pairs = proposed().flat_map(|method| controls_of(&method.name).map(move |(control, _)| (method, control)));
    pairs.filter_map(|(method, control)| compare(run, &method.name, &control.name, &among).transpose()).collect()
}

/// Compares two methods by the primary quality over subnets of `among`; `None` when either lacks scores, or there is no
/// from-scratch score to measure a gap from.
///
/// # Errors
/// This fails when a statistic fails.
pub fn compare(run: &Run, method: &str, against: &str, among: &[SubnetId]) -> Result<Option<Comparison>> {
    compare_by(run, &run.scores(run.primary), run.primary.direction(), [method, against], among)
}

/// Compares two methods by any scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn compare_by(
    run: &Run,
    score: Lookup,
    direction: Direction,
    [method, against]: [&str; 2],
    among: &[SubnetId],
) -> Result<Option<Comparison>> {
    let has = |name: &str| run.methods.iter().any(|m| m == name);
    if !has(method) || !has(against) {
        return Ok(None);
    }
    let reference = reference().name.as_str();
    let common = common_cells(run, score, &[reference, method, against], among);
    let Some((subnets, seeds)) = common else { return Ok(None) };
    let of = |name: &str| scores(score, name, &subnets, &seeds);
    let (scratch, own, other) = (of(reference)?, of(method)?, of(against)?);
    let paired = stats::paired_difference(&scratch, &own, &other, direction, &Settings::default())?;
    Ok(Some(Comparison {
        method: method.to_owned(),
        against: against.to_owned(),
        absolute: paired.mae_difference,
        signed: paired.mean_gap_difference,
        subnets: subnets.len(),
        seeds: seeds.len(),
    }))
}
