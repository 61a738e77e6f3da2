//! Methods are compared with each other by paired differences of the gap, against the baselines and against the
//! controls.

use mos_spaces::Method;
use mos_spaces::method::{baselines, controls_of, proposed, reference};

use crate::error::Result;
use crate::run::Run;
use crate::sections::gaps::facts::{common_cells, scores};
use crate::stats::{self, Estimate, Settings, Verdict};

/// A comparison sets one method against another over the same subnets and seeds.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The method.
    pub method: String,
    /// What it is compared with.
    pub against: String,
    /// The method's mean absolute gap minus the other's.
    pub difference: Estimate,
    /// What the interval decides.
    pub verdict: Verdict,
    /// The method's mean signed gap minus the other's; negative means that the method's own scores are better.
    pub signed: Estimate,
    /// The number of subnets compared.
    pub subnets: usize,
    /// The number of seeds compared.
    pub seeds: usize,
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
    let pairs = baselines().into_iter().flat_map(|b| run.methods.iter().map(move |m| (m.as_str(), b.name.as_str())));
    pairs.filter(|(m, baseline)| m != baseline).filter_map(|(m, b)| compare(run, m, b).transpose()).collect()
}

/// Compares each proposed method with its controls, where both have scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn against_controls(run: &Run) -> Result<Vec<Comparison>> {
    let pairs = proposed().flat_map(|method| controls_of(&method.name).map(move |(control, _)| (method, control)));
    pairs.filter_map(|(method, control)| compare(run, &method.name, &control.name).transpose()).collect()
}

/// Compares two methods; `None` when either lacks scores, or there is no from-scratch score to measure a gap from.
fn compare(run: &Run, method: &str, against: &str) -> Result<Option<Comparison>> {
    let has = |name: &str| run.methods.iter().any(|m| m == name);
    if !has(method) || !has(against) {
        return Ok(None);
    }
    let (quality, reference) = (run.primary, reference().name.as_str());
    let Some((subnets, seeds)) = common_cells(run, quality, &[reference, method, against]) else { return Ok(None) };
    let of = |name: &str| scores(run, quality, name, &subnets, &seeds);
    let (scratch, own, other) = (of(reference)?, of(method)?, of(against)?);
    let paired = stats::paired_difference(&scratch, &own, &other, quality.direction(), &Settings::default())?;
    Ok(Some(Comparison {
        method: method.to_owned(),
        against: against.to_owned(),
        difference: paired.mae_difference,
        signed: paired.mean_gap_difference,
        verdict: paired.verdict,
        subnets: subnets.len(),
        seeds: seeds.len(),
    }))
}
