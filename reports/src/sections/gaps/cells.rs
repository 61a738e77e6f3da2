//! Methods are compared on full tables of scores: the same subnets and the same seeds for each of them.

use mos_plan::SubnetId;
use mos_spaces::method;

use crate::error::Result;
use crate::run::Run;
use crate::stats::Scores;

/// This finds the score of a method, a subnet and a seed, whatever it is a score of.
pub type Lookup<'a> = &'a dyn Fn(&str, &SubnetId, i64) -> Option<f64>;

/// The scores of one method beside those from scratch.
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

/// Finds the subnets of `among` and the seeds for which every one of `methods` has a score: the largest full table that
/// a run which is still going offers when whole seeds come before further subnets. It is `None` when there is none.
pub fn common_cells(
    run: &Run,
    score: Lookup,
    methods: &[&str],
    among: &[SubnetId],
) -> Option<(Vec<SubnetId>, Vec<i64>)> {
    let full = |subnet: &SubnetId, seed: i64| methods.iter().all(|m| score(m, subnet, seed).is_some());
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
pub fn scores(score: Lookup, method: &str, subnets: &[SubnetId], seeds: &[i64]) -> Result<Scores> {
    let row = |subnet: &SubnetId| seeds.iter().filter_map(|seed| score(method, subnet, *seed)).collect::<Vec<f64>>();
    Scores::from_rows(&subnets.iter().map(row).collect::<Vec<_>>())
}

/// Gives the scores of a method beside those from scratch; `None` when no subnet of `among` has both.
///
/// # Errors
/// This fails when a cell has no score.
pub fn cells(run: &Run, score: Lookup, method: &str, among: &[SubnetId]) -> Result<Option<Cells>> {
    let reference = method::reference().name.as_str();
    let Some((subnets, seeds)) = common_cells(run, score, &[reference, method], among) else { return Ok(None) };
    let scratch = scores(score, reference, &subnets, &seeds)?;
    let supernet = scores(score, method, &subnets, &seeds)?;
    Ok(Some(Cells { subnets, seeds, scratch, supernet }))
}
