//! Found subnets as gap subnets. They are never part of the headline: a search chose them by their fitness in one of the
//! supernets, so that supernet looks better on them than on a fixed sample.

use super::found_by;
use crate::render::model::{Report, SCRATCH, mean};

/// A found subnet under a searched method, over the seeds that have both scores.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundGap {
    /// Searched method.
    pub method: String,
    /// The subnet.
    pub subnet: String,
    /// Whether one of this method's own searches found it.
    pub own: bool,
    /// Mean score from the supernet.
    pub supernet: f64,
    /// Mean score from scratch.
    pub scratch: f64,
    /// How far the supernet is behind.
    pub gap: f64,
}

/// Every found subnet that has both scores, by method.
pub fn gaps(report: &Report) -> Vec<FoundGap> {
    let found = &report.manifest.found;
    let mut names: Vec<&str> = Vec::new();
    found.iter().for_each(|card| {
        if !names.contains(&card.subnet.as_str()) {
            names.push(&card.subnet);
        }
    });
    let searched = report.methods.iter().filter(|method| found.iter().any(|card| card.method == **method));
    searched.flat_map(|method| names.iter().filter_map(|name| gap(report, method, name))).collect()
}

fn gap(report: &Report, method: &str, subnet: &str) -> Option<FoundGap> {
    let score = |method: &str, seed: i64| report.facts.score(report.primary, method, subnet, seed);
    let pairs: Vec<(f64, f64)> =
        report.seeds.iter().filter_map(|seed| Some((score(method, *seed)?, score(SCRATCH, *seed)?))).collect();
    let (supernet, scratch) = (mean(pairs.iter().map(|p| p.0))?, mean(pairs.iter().map(|p| p.1))?);
    let own = found_by(&report.manifest.found, method).iter().any(|(name, ..)| *name == subnet);
    Some(FoundGap {
        method: method.to_owned(),
        subnet: subnet.to_owned(),
        own,
        supernet,
        scratch,
        gap: report.primary.direction().gap(scratch, supernet),
    })
}
