//! The gap of each method is taken from its supernet's scores beside the from-scratch scores of the same subnets and
//! seeds.

use mos_plan::SubnetId;

use super::cells::{Cells, cells};
use crate::error::Result;
use crate::run::{Quality, Run};
use crate::stats::{self, Estimate, Gap, Settings};

/// This holds the gap statistics of one method in one quality.
#[derive(Clone, Debug)]
pub struct MethodGap {
    /// The method.
    pub method: String,
    /// The number of subnets compared.
    pub subnets: usize,
    /// The number of seeds compared.
    pub seeds: usize,
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

/// Measures the gap of one method over subnets of `among`; `None` when none has both scores.
///
/// # Errors
/// This fails when a statistic fails.
pub fn method_gap(run: &Run, quality: Quality, method: &str, among: &[SubnetId]) -> Result<Option<MethodGap>> {
    let Some(cells) = cells(run, &run.scores(quality), method, among)? else { return Ok(None) };
    let gap = stats::gap(&cells.scratch, &cells.supernet, quality.direction(), &Settings::default())?;
    let (subnets, seeds) = (cells.subnets.len(), cells.seeds.len());
    Ok(Some(MethodGap { method: method.to_owned(), subnets, seeds, gap }))
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
        let Some(cells) = cells(run, &run.scores(quality), method, &sound)? else { return Ok(None) };
        let gaps = stats::subnet_gaps(&cells.scratch, &cells.supernet, quality.direction(), &Settings::default())?;
        Ok(Some(SubnetGaps { method: method.clone(), cells, gaps }))
    };
    run.methods.iter().filter_map(|method| of_method(method).transpose()).collect()
}
