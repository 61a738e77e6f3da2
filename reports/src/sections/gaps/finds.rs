//! Found subnets are measured as gap subnets here. They are never part of the headline: a search chose them by their
//! fitness in one of the supernets, so that supernet looks better on them than on a fixed sample.

use mos_plan::SubnetId;
use mos_spaces::method;

use crate::run::{Run, mean};

/// This is the gap of a found subnet under a searched method, over the seeds that have both scores.
#[derive(Clone, Debug, PartialEq)]
pub struct FindGap {
    /// The searched method.
    pub method: String,
    /// The subnet.
    pub subnet: SubnetId,
    /// Whether one of this method's own searches found it.
    pub own: bool,
    /// The mean score from the supernet.
    pub supernet: f64,
    /// The mean score from scratch.
    pub scratch: f64,
    /// How far the supernet is behind.
    pub gap: f64,
    /// Whether a training from scratch of the subnet failed, so that the gap says nothing of sharing.
    pub failed: bool,
}

/// Gives every found subnet that has both scores, by method.
pub fn find_gaps(run: &Run) -> Vec<FindGap> {
    let mut subnets: Vec<&SubnetId> = Vec::new();
    for find in &run.finds {
        if !subnets.contains(&&find.subnet) {
            subnets.push(&find.subnet);
        }
    }
    let searched = run.methods.iter().filter(|method| run.finds_of(method).next().is_some());
    searched.flat_map(|method| subnets.iter().filter_map(|subnet| find_gap(run, method, subnet))).collect()
}

fn find_gap(run: &Run, method: &str, subnet: &SubnetId) -> Option<FindGap> {
    let score = |method: &str, seed: i64| run.facts.score(run.primary, method, subnet, seed);
    let reference = &method::reference().name;
    let pairs: Vec<(f64, f64)> =
        run.seeds.iter().filter_map(|seed| Some((score(method, *seed)?, score(reference, *seed)?))).collect();
    let (supernet, scratch) = (mean(pairs.iter().map(|p| p.0))?, mean(pairs.iter().map(|p| p.1))?);
    let own = run.finds_of(method).any(|find| find.subnet == *subnet);
    let gap = run.primary.direction().gap(scratch, supernet);
    let failed = run.failed.iter().any(|failed| failed.is_from_scratch(subnet));
    Some(FindGap { method: method.to_owned(), subnet: subnet.clone(), own, supernet, scratch, gap, failed })
}
