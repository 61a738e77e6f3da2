//! The gap of each method is taken from its supernet's scores beside the from-scratch scores of the same subnets and
//! seeds.

use mos_plan::SubnetId;
use mos_spaces::method;

use crate::error::Result;
use crate::run::{Quality, Run};
use crate::stats::{self, Estimate, Gap, Scores, Settings};

/// The scores of one method beside those from scratch, in one quality.
#[derive(Clone, Debug)]
pub struct Cells {
    /// The subnets that have both, in plan order.
    pub subnets: Vec<SubnetId>,
    /// The seeds that have both.
    pub seeds: Vec<i64>,
    /// The from-scratch scores, subnets x seeds.
    pub scratch: Scores,
    /// The supernet's scores, subnets x seeds.
    pub supernet: Scores,
}

/// This holds the gap statistics of one method in one quality.
#[derive(Clone, Debug)]
pub struct MethodGap {
    /// The method.
    pub method: String,
    /// The number of subnets compared.
    pub subnets: usize,
    /// The statistics.
    pub gap: Gap,
}

/// This holds the gap of each subnet under one method, in the primary quality.
#[derive(Clone, Debug)]
pub struct SubnetGaps {
    /// The method.
    pub method: String,
    /// The scores.
    pub cells: Cells,
    /// The signed gap of each subnet, as the mean over seeds with the interval over redrawn seeds (none with one seed).
    pub gaps: Vec<Estimate>,
}

/// Finds the subnets of `among` and the seeds for which every one of `methods` has a score: the largest full table that
/// a run which is still going offers when whole seeds come before further subnets. It is `None` when there is none.
pub fn common_cells(
    run: &Run,
    quality: Quality,
    methods: &[&str],
    among: &[SubnetId],
) -> Option<(Vec<SubnetId>, Vec<i64>)> {
    let full =
        |subnet: &SubnetId, seed: i64| methods.iter().all(|m| run.facts.score(quality, m, subnet, seed).is_some());
    let seeds: Vec<i64> = run.seeds.iter().copied().filter(|seed| among.iter().any(|s| full(s, *seed))).collect();
    let candidates = (1..=seeds.len()).map(|n| {
        let some = &seeds[..n];
        let subnets: Vec<SubnetId> = among.iter().filter(|s| some.iter().all(|seed| full(s, *seed))).cloned().collect();
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

/// Gives the scores of a method beside those from scratch; `None` when no subnet of `among` has both.
///
/// # Errors
/// This fails when a cell has no score.
pub fn cells(run: &Run, quality: Quality, method: &str, among: &[SubnetId]) -> Result<Option<Cells>> {
    let reference = method::reference().name.as_str();
    let Some((subnets, seeds)) = common_cells(run, quality, &[reference, method], among) else { return Ok(None) };
    let scratch = scores(run, quality, reference, &subnets, &seeds)?;
    let supernet = scores(run, quality, method, &subnets, &seeds)?;
    Ok(Some(Cells { subnets, seeds, scratch, supernet }))
}

/// Measures the gap of one method over subnets of `among`; `None` when none has both scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn method_gap(run: &Run, quality: Quality, method: &str, among: &[SubnetId]) -> Result<Option<MethodGap>> {
    let Some(cells) = cells(run, quality, method, among)? else { return Ok(None) };
    let gap = stats::gap(&cells.scratch, &cells.supernet, quality.direction(), &Settings::default())?;
    Ok(Some(MethodGap { method: method.to_owned(), subnets: cells.subnets.len(), gap }))
}

/// Measures the gaps of every method that has one, over subnets of `among`.
///
/// # Errors
/// This fails when a statistic fails.
pub fn method_gaps(run: &Run, quality: Quality, among: &[SubnetId]) -> Result<Vec<MethodGap>> {
    run.methods.iter().filter_map(|method| method_gap(run, quality, method, among).transpose()).collect()
}

/// Measures the gap of each subnet whose training from scratch learned, the ends of the space among them.
///
/// # Errors
/// This fails when a statistic fails.
pub fn subnet_gaps(run: &Run) -> Result<Vec<SubnetGaps>> {
    let (quality, sound) = (run.primary, run.sound_subnets());
    let of_method = |method: &String| -> Result<Option<SubnetGaps>> {
        let Some(cells) = cells(run, quality, method, &sound)? else { return Ok(None) };
        let gaps = stats::subnet_gaps(&cells.scratch, &cells.supernet, quality.direction(), &Settings::default())?;
        Ok(Some(SubnetGaps { method: method.clone(), cells, gaps }))
    };
    run.methods.iter().filter_map(|method| of_method(method).transpose()).collect()
}
