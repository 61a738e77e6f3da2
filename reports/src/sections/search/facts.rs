//! The searches are put together from their records.

use std::collections::BTreeSet;

use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::search::limit::Limit;

use crate::run::Run;

/// One search, by what its records say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The method of the supernet.
    pub method: String,
    /// The limit.
    pub limit: Limit,
    /// The seed.
    pub seed: i64,
    /// The subnet that it found; absent until all searches have ended.
    pub subnet: Option<SubnetId>,
    /// The predicted or counted cost of what it found, in the limit's unit.
    pub cost: Option<f64>,
    /// How much the limit allows, in its own unit.
    pub bound: Option<f64>,
    /// The least and the highest cost that can be reached.
    pub reach: Option<(f64, f64)>,
    /// The measured latency of what it found, milliseconds, under a limit of latency.
    pub measured: Option<f64>,
    /// How many distinct subnets were scored.
    pub evaluations: f64,
    /// How many distinct subnets random search scored.
    pub random_evaluations: Option<f64>,
    /// The best fitness against subnets scored.
    pub curve: Vec<(i64, f64)>,
    /// The same curve of random search.
    pub random: Vec<(i64, f64)>,
}

impl Search {
    /// Gives the best fitness; lower is better.
    pub fn fitness(&self) -> Option<f64> {
        self.curve.last().map(|point| point.1)
    }

    /// Tells whether some subnet of the space costs more than the limit allows; unknown counts as yes.
    pub fn binds(&self) -> bool {
        self.bound.zip(self.reach).is_none_or(|(bound, (_, most))| bound < most)
    }

    /// Tells by what share of the limit the measured latency exceeds it; the search saw predictions only.
    pub fn excess(&self) -> Option<f64> {
        self.measured.zip(self.bound).map(|(measured, bound)| measured / bound - 1.0).filter(|excess| *excess > 0.0)
    }

    /// Gives the best fitness of as many random subnets.
    pub fn random_fitness(&self) -> Option<f64> {
        let scored = self.curve.last()?.0;
        self.random.iter().rev().find(|point| point.0 <= scored).map(|point| point.1)
    }
}

/// Gives every search, by limit, method and seed in the plan's order.
pub fn searches(run: &Run) -> Vec<Search> {
    let mut searches = Vec::new();
    for limit in limits_in_order(run) {
        let subject = Subject::Limit(limit);
        for method in &run.methods {
            let of_it = run.facts.study.keys(Metric::SearchEvaluations);
            let seeds = of_it.filter(|key| key.method == *method && key.subject == subject).map(|key| key.seed);
            searches.extend(seeds.filter_map(|seed| search(run, method, limit, seed)));
        }
    }
    searches
}

/// Gives the limits in the order in which the plan's searches have them; others come last, by name.
fn limits_in_order(run: &Run) -> Vec<Limit> {
    let recorded: BTreeSet<&Subject> = run.facts.study.keys(Metric::SearchEvaluations).map(|k| &k.subject).collect();
    let recorded = recorded.into_iter().filter_map(|subject| match subject {
        Subject::Limit(limit) => Some(*limit),
        _ => None,
    });
    let mut limits: Vec<Limit> = Vec::new();
    for limit in run.manifest.found.iter().map(|card| card.limit).chain(recorded) {
        if !limits.contains(&limit) {
            limits.push(limit);
        }
    }
    limits
}

fn search(run: &Run, method: &str, limit: Limit, seed: i64) -> Option<Search> {
    let (facts, subject) = (&run.facts.study, Subject::Limit(limit));
    let value = |metric: Metric| facts.of_method(metric, method, &subject, seed).map(|m| m.value);
    let curve = |metric: Metric| facts.curve(metric, method, &subject, seed).to_vec();
    let find = run.finds_of(method).find(|find| find.seed == seed && find.limits.contains(&limit));
    let subnet = find.map(|find| find.subnet.clone());
    let latency = subnet.as_ref().and_then(|id| facts.of_subject(Metric::Latency, None, &Subject::Subnet(id.clone())));
    Some(Search {
        method: method.to_owned(),
        limit,
        seed,
        measured: latency.filter(|_| limit.is_latency()),
        random_evaluations: value(Metric::RandomEvaluations),
        subnet,
        cost: value(Metric::SearchCost),
        bound: value(Metric::SearchLimit),
        reach: value(Metric::SearchLeast).zip(value(Metric::SearchMost)),
        evaluations: value(Metric::SearchEvaluations)?,
        curve: curve(Metric::SearchFitness),
        random: curve(Metric::RandomFitness),
    })
}
