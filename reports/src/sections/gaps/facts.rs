//! The gap of each method is taken from its supernet's scores beside the from-scratch scores of the same subnets and
//! seeds.

use mos_plan::SubnetId;
use mos_spaces::method;

use crate::error::Result;
use crate::run::{Quality, Run};
use crate::stats::{self, Estimate, Gap, Scores, Settings};

/// This holds the gap statistics of one method in one quality.
#[derive(Clone, Debug)]
pub struct MethodGap {
    /// The method.
    pub method: String,
    /// The subnets compared, in plan order.
    pub subnets: Vec<SubnetId>,
    /// The seeds compared.
    pub seeds: Vec<i64>,
    /// The from-scratch scores, subnets x seeds.
    pub scratch: Scores,
    /// The supernet's scores, subnets x seeds.
    pub supernet: Scores,
    /// The statistics over all of these scores.
    pub gap: Gap,
    /// The signed gap of each subnet, as the mean over seeds with the interval over redrawn seeds (none with one seed).
    pub by_subnet: Vec<Estimate>,
}

/// Finds the subnets and seeds for which every one of `methods` has a score: the largest full table that a run which is
/// still going offers when whole seeds come before further subnets. It is `None` when there is none.
pub fn common_cells(run: &Run, quality: Quality, methods: &[&str]) -> Option<(Vec<SubnetId>, Vec<i64>)> {
    let full =
        |subnet: &SubnetId, seed: i64| methods.iter().all(|m| run.facts.score(quality, m, subnet, seed).is_some());
    let seeds: Vec<i64> = run.seeds.iter().copied().filter(|seed| run.subnets.iter().any(|s| full(s, *seed))).collect();
    let candidates = (1..=seeds.len()).map(|n| {
        let some = &seeds[..n];
        let subnets: Vec<SubnetId> =
            run.subnets.iter().filter(|s| some.iter().all(|seed| full(s, *seed))).cloned().collect();
        (subnets, some.to_vec())
    });
    // The table with most cells is taken, and of two of the same size the later one, which has more seeds.
    candidates.filter(|(subnets, _)| !subnets.is_empty()).max_by_key(|(subnets, seeds)| subnets.len() * seeds.len())
}

/// Gives the scores of a method on full cells.
///
/// # Errors
/// This fails when a cell has no score.
pub fn scores(run: &Run, quality: Quality, method: &str, subnets: &[SubnetId], seeds: &[i64]) -> Result<Scores> {
    let row = |subnet: &SubnetId| {
        seeds.iter().filter_map(|seed| run.facts.score(quality, method, subnet, *seed)).collect::<Vec<f64>>()
    };
    Scores::from_rows(&subnets.iter().map(row).collect::<Vec<_>>())
}

/// Measures the gap of one method; `None` when no subnet has both scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn method_gap(run: &Run, quality: Quality, method: &str) -> Result<Option<MethodGap>> {
    let reference = method::reference().name.as_str();
    let Some((subnets, seeds)) = common_cells(run, quality, &[reference, method]) else { return Ok(None) };
    let scratch = scores(run, quality, reference, &subnets, &seeds)?;
    let supernet = scores(run, quality, method, &subnets, &seeds)?;
    let settings = Settings::default();
    let gap = stats::gap(&scratch, &supernet, quality.direction(), &settings)?;
    let by_subnet = stats::subnet_gaps(&scratch, &supernet, quality.direction(), &settings)?;
    Ok(Some(MethodGap { method: method.to_owned(), subnets, seeds, scratch, supernet, gap, by_subnet }))
}

/// Measures the gaps of every method that has one.
///
/// # Errors
/// This fails when a statistic fails.
pub fn method_gaps(run: &Run, quality: Quality) -> Result<Vec<MethodGap>> {
    run.methods.iter().filter_map(|method| method_gap(run, quality, method).transpose()).collect()
}
