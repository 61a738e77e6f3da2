//! This says in sentences how the searches went.

use std::collections::BTreeSet;

use super::facts::Search;
use crate::page::format::{fixed, list};
use crate::sections::report::Report;

/// Says how often evolution did better than random search, which limits bound nothing, and how far predictions were
/// exceeded.
pub fn outcome(report: &Report) -> String {
    let searches = &report.searches;
    let differences: Vec<f64> = searches.iter().filter_map(|s| Some(s.fitness()? - s.random_fitness()?)).collect();
    let better = differences.iter().filter(|d| **d < 0.0).count();
    let worse = differences.iter().filter(|d| **d > 0.0).count();
    let mut text = format!(
        "Evolution ended with a better fitness than random search in {better} of {} searches, with a worse one in \
         {worse}. Searches under one limit in different supernets draw from the same subnets, so they are not \
         independent trials.",
        differences.len()
    );
    let loose: BTreeSet<String> = searches.iter().filter(|s| !s.binds()).map(|s| s.limit.label()).collect();
    if !loose.is_empty() {
        text.push_str(&format!(
            " Every subnet of the space meets the limit of {}: these searches were not constrained.",
            list(&loose.into_iter().collect::<Vec<_>>())
        ));
    }
    let excesses: Vec<f64> = searches.iter().filter_map(Search::excess).collect();
    if let Some(most) = excesses.iter().copied().reduce(f64::max) {
        let measured = searches.iter().filter(|s| s.measured.is_some()).count();
        text.push_str(&format!(
            " What {} of {measured} searches found is slower than its limit when measured, by {}% at most: the \
             searches saw predictions.",
            excesses.len(),
            fixed(100.0 * most, 1)
        ));
    }
    text
}
