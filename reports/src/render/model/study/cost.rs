//! What each method cost in all: supernet, searches, and then continued training or training from scratch.

use super::found_by;
use super::retraining::Retraining;
use crate::render::model::{Measured, Report, SCRATCH};

/// Sums over a method's searched seeds. `None` where a part is not there (yet).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MethodCost {
    /// Method.
    pub method: String,
    /// Seeds that were searched.
    pub seeds: usize,
    /// Distinct subnets that were found, over the seeds.
    pub subnets: usize,
    /// Training the supernet, s.
    pub supernet: Option<f64>,
    /// The searches, s.
    pub search: Option<f64>,
    /// Continued training of what was found, s.
    pub continued: Option<f64>,
    /// Whether some continued training did not reach its goal: the sum is then a lower bound.
    pub at_least: bool,
    /// Training from scratch of what was found, s.
    pub scratch: Option<f64>,
    /// Target tokens of supernet and continued training.
    pub tokens_continued: Option<f64>,
    /// Target tokens of supernet and training from scratch.
    pub tokens_scratch: Option<f64>,
    /// Whether other workers ran beside any of these jobs.
    pub loaded: bool,
}

impl MethodCost {
    /// Supernet, searches and continued training, s.
    pub fn with_continued(&self) -> Option<f64> {
        Some(self.supernet? + self.search? + self.continued?)
    }

    /// Supernet, searches and training from scratch, s.
    pub fn with_scratch(&self) -> Option<f64> {
        Some(self.supernet? + self.search? + self.scratch?)
    }
}

/// Every method that was searched.
pub fn all(report: &Report, trained_on: &Retraining) -> Vec<MethodCost> {
    report.methods.iter().filter_map(|method| of_method(report, trained_on, method)).collect()
}

fn of_method(report: &Report, trained_on: &Retraining, method: &str) -> Option<MethodCost> {
    let facts = &report.facts;
    let keys: Vec<_> = facts.study.keys("search_seconds").filter(|key| key.method == method).collect();
    let mut seeds: Vec<i64> = keys.iter().map(|key| key.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    if seeds.is_empty() {
        return None;
    }
    let found = found_by(&report.manifest.found, method);
    let of_supernet = |metric: &'static str| seeds.iter().map(move |seed| facts.job(metric, method, "", *seed));
    let of_scratch =
        |metric: &'static str| found.iter().map(move |(name, seed, _)| facts.job(metric, SCRATCH, name, *seed));
    let trainings: Option<Vec<_>> = found.iter().map(|(name, seed, _)| trained_on.find(method, name, *seed)).collect();
    let searches: Vec<Option<&Measured>> =
        keys.iter().map(|key| facts.study.value("search_seconds", "valid", method, &key.subnet, key.seed)).collect();
    let of_continued = || trainings.iter().flatten().map(|r| r.seconds.as_ref());
    let parts = searches.iter().copied().chain(of_supernet("train_seconds")).chain(of_scratch("train_seconds"));
    let loaded = parts.chain(of_continued()).flatten().any(|m| m.loaded);
    let tokens = |after: Option<f64>| Some(sum(of_supernet("tokens_seen"))? + after?);
    let some_found = !found.is_empty();
    let continued_tokens = trainings.as_ref().and_then(|all| all.iter().map(|r| r.tokens).sum::<Option<f64>>());
    Some(MethodCost {
        method: method.to_owned(),
        seeds: seeds.len(),
        subnets: found.len(),
        supernet: sum(of_supernet("train_seconds")),
        search: sum(searches.iter().copied()),
        continued: trainings.as_ref().filter(|_| some_found).and_then(|_| sum(of_continued())),
        at_least: trainings.iter().flatten().any(|r| !r.reached),
        scratch: sum(of_scratch("train_seconds")).filter(|_| some_found),
        tokens_continued: tokens(continued_tokens.filter(|_| some_found)),
        tokens_scratch: tokens(sum(of_scratch("tokens_seen")).filter(|_| some_found)),
        loaded,
    })
}

/// The sum of what must all be there.
fn sum<'a>(parts: impl Iterator<Item = Option<&'a Measured>>) -> Option<f64> {
    parts.map(|part| part.map(|m| m.value)).sum()
}
