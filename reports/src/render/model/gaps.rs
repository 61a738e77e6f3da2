//! The gap of each method: its supernet's scores beside the from-scratch scores of the same subnets and seeds.

use super::{Quality, Report, SCRATCH};
use crate::Result;
use crate::stats::{self, Direction, Estimate, Gap, Scores, Settings};

/// Gap statistics of one method in one quality.
#[derive(Clone, Debug)]
pub struct MethodGap {
    /// Method.
    pub method: String,
    /// Subnets compared, in plan order.
    pub subnets: Vec<String>,
    /// Seeds compared.
    pub seeds: Vec<i64>,
    /// From-scratch scores, subnets x seeds.
    pub scratch: Scores,
    /// The supernet's scores, subnets x seeds.
    pub supernet: Scores,
    /// The statistics over all of them.
    pub gap: Gap,
    /// Signed gap of each subnet, mean over seeds with the interval over redrawn seeds (none with one seed).
    pub by_subnet: Vec<Estimate>,
}

impl Quality {
    /// The direction in the words of the statistics.
    pub fn direction(self) -> Direction {
        if self.lower_is_better() { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
    }
}

/// The subnets and seeds for which every one of `methods` has a score: the largest full table that a run which is still
/// going offers when whole seeds come before further subnets. `None` when there is none.
pub fn common_cells(report: &Report, quality: Quality, methods: &[&str]) -> Option<(Vec<String>, Vec<i64>)> {
    let full = |subnet: &str, seed: i64| methods.iter().all(|m| report.facts.score(quality, m, subnet, seed).is_some());
    let seeds: Vec<i64> =
        report.seeds.iter().copied().filter(|seed| report.subnets.iter().any(|s| full(s, *seed))).collect();
    let candidates = (1..=seeds.len()).map(|n| {
        let some = &seeds[..n];
        let subnets: Vec<String> =
            report.subnets.iter().filter(|s| some.iter().all(|seed| full(s, *seed))).cloned().collect();
        (subnets, some.to_vec())
    });
    // Most cells; of two tables of the same size the later one, which has more seeds.
    candidates.filter(|(subnets, _)| !subnets.is_empty()).max_by_key(|(subnets, seeds)| subnets.len() * seeds.len())
}

/// The scores of a method on full cells.
pub fn scores(report: &Report, quality: Quality, method: &str, subnets: &[String], seeds: &[i64]) -> Result<Scores> {
    let row = |subnet: &String| {
        seeds.iter().filter_map(|seed| report.facts.score(quality, method, subnet, *seed)).collect::<Vec<f64>>()
    };
    Scores::from_rows(&subnets.iter().map(row).collect::<Vec<_>>())
}

/// The gap of one method; `None` when no subnet has both scores.
pub fn of_method(report: &Report, quality: Quality, method: &str) -> Result<Option<MethodGap>> {
    let Some((subnets, seeds)) = common_cells(report, quality, &[SCRATCH, method]) else { return Ok(None) };
    let scratch = scores(report, quality, SCRATCH, &subnets, &seeds)?;
    let supernet = scores(report, quality, method, &subnets, &seeds)?;
    let settings = Settings::default();
    let gap = stats::gap(&scratch, &supernet, quality.direction(), &settings)?;
    let by_subnet = stats::subnet_gaps(&scratch, &supernet, quality.direction(), &settings)?;
    Ok(Some(MethodGap { method: method.to_owned(), subnets, seeds, scratch, supernet, gap, by_subnet }))
}

/// The gaps of every method that has one.
pub fn all(report: &Report, quality: Quality) -> Result<Vec<MethodGap>> {
    report.methods.iter().filter_map(|method| of_method(report, quality, method).transpose()).collect()
}
