//! The searches: what evolution found under each limit, beside random search with as many subnets.

use super::limits_in_order;
use crate::render::format::{fixed, si_prefix, significant};
use crate::render::model::{Measured, Report};

/// One search.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Method of the supernet.
    pub method: String,
    /// The limit, as its records name it.
    pub limit: String,
    /// Seed.
    pub seed: i64,
    /// Name of what it found; absent until all searches have ended.
    pub found: Option<String>,
    /// Predicted or counted cost of what it found, in the limit's unit.
    pub cost: Option<f64>,
    /// The limit, worked out.
    pub bound: Option<f64>,
    /// Least and highest cost that can be reached.
    pub reach: Option<(f64, f64)>,
    /// Measured latency of what it found, milliseconds, under a limit of latency.
    pub measured: Option<f64>,
    /// Distinct subnets scored.
    pub evaluations: f64,
    /// The same of random search.
    pub random_evaluations: Option<f64>,
    /// Best fitness against subnets scored.
    pub curve: Vec<(i64, f64)>,
    /// The same of random search.
    pub random: Vec<(i64, f64)>,
    /// Time.
    pub seconds: Option<Measured>,
}

impl Search {
    /// Best fitness; lower is better.
    pub fn fitness(&self) -> Option<f64> {
        self.curve.last().map(|point| point.1)
    }

    /// Whether some subnet of the space costs more than the limit allows; unknown counts as yes.
    pub fn binds(&self) -> bool {
        self.bound.zip(self.reach).is_none_or(|(bound, (_, most))| bound < most)
    }

    /// By what share of the limit the measured latency exceeds it; the search saw predictions only.
    pub fn excess(&self) -> Option<f64> {
        self.measured.zip(self.bound).map(|(measured, bound)| measured / bound - 1.0).filter(|excess| *excess > 0.0)
    }

    /// Best fitness of as many random subnets.
    pub fn random_fitness(&self) -> Option<f64> {
        let scored = self.curve.last()?.0;
        self.random.iter().rev().find(|point| point.0 <= scored).map(|point| point.1)
    }

    /// Whether the limit is one of latency.
    pub fn limits_latency(&self) -> bool {
        limits_latency(&self.limit)
    }

    /// A cost with the limit's unit.
    pub fn shown(&self, cost: f64) -> String {
        if self.limits_latency() {
            return format!("{} ms", significant(cost, 3));
        }
        let (scale, prefix) = si_prefix([cost]);
        let unit = if self.limit.starts_with("flops") { "FLOP" } else { "parameters" };
        let gap = if unit == "FLOP" || prefix.is_empty() { "" } else { " " };
        format!("{} {prefix}{gap}{unit}", fixed(cost / scale, 2))
    }
}

/// Whether a limit is one of latency, by its label.
pub fn limits_latency(label: &str) -> bool {
    label.starts_with("latency")
}

/// Every search, by limit, method and seed in the plan's order.
pub fn all(report: &Report) -> Vec<Search> {
    let facts = &report.facts.study;
    let seeds = |method: &str, limit: &str| -> Vec<i64> {
        let of_it = |key: &&super::ScoreKey| key.method == method && key.subnet == limit;
        facts.keys("search_evaluations").filter(of_it).map(|key| key.seed).collect()
    };
    let mut searches = Vec::new();
    for limit in limits_in_order(report) {
        for method in &report.methods {
            let of_seed = |seed: i64| one(report, method, &limit, seed);
            searches.extend(seeds(method, &limit).into_iter().filter_map(of_seed));
        }
    }
    searches
}

fn one(report: &Report, method: &str, limit: &str, seed: i64) -> Option<Search> {
    let facts = &report.facts.study;
    let measured = |metric: &str| facts.value(metric, "valid", method, limit, seed);
    let value = |metric: &str| measured(metric).map(|m| m.value);
    let is_it = |card: &&crate::manifest::FoundCard| card.method == method && card.seed == seed && card.limit == limit;
    let found = report.manifest.found.iter().find(is_it).map(|card| card.subnet.clone());
    let latency = found.as_ref().and_then(|name| facts.value("latency", "", "", name, 0));
    Some(Search {
        method: method.to_owned(),
        limit: limit.to_owned(),
        seed,
        measured: latency.filter(|_| limits_latency(limit)).map(|m| m.value),
        random_evaluations: value("random_evaluations"),
        found,
        cost: value("search_cost"),
        bound: value("search_limit"),
        reach: value("search_least").zip(value("search_most")),
        evaluations: value("search_evaluations")?,
        curve: facts.curve("search_fitness", method, limit, seed).to_vec(),
        random: facts.curve("random_fitness", method, limit, seed).to_vec(),
        seconds: measured("search_seconds").cloned(),
    })
}
