//! The latency study: what was measured, searched, trained on and what it cost, from its own records.

use std::collections::{BTreeMap, BTreeSet};

use super::{Measured, Report, ScoreKey};
use crate::Result;
use crate::manifest::FoundCard;
use crate::schema::Record;

pub mod cost;
pub mod found;
pub mod latency;
pub mod pareto;
pub mod plan;
pub mod retraining;
pub mod search;

/// Metrics that are measured several times in one job.
const CURVES: [&str; 4] = ["search_fitness", "random_fitness", "retrain_loss", "retrain_bleu"];

/// The study's rows. Their `subnet` column names a subnet, a limit or a family of predictors, and must be kept.
#[derive(Clone, Debug, Default)]
pub struct StudyFacts {
    values: BTreeMap<ScoreKey, Measured>,
    curves: BTreeMap<ScoreKey, Vec<(i64, f64)>>,
    latency_jobs: BTreeMap<String, BTreeMap<String, f64>>,
}

impl StudyFacts {
    /// Whether a row is the study's: by its metric, or the FLOPs of a measured subnet, which belong to no method.
    pub fn owns(record: &Record) -> bool {
        let families = ["latency", "predictor_", "search_", "random_", "retrain_"];
        let measured = record.method.is_empty() && !record.subnet.is_empty() && record.metric == "flops";
        measured || families.iter().any(|family| record.metric.starts_with(family))
    }

    /// Takes a row in.
    pub(super) fn add(&mut self, record: &Record, key: ScoreKey, measured: Measured) {
        if CURVES.contains(&record.metric.as_str()) {
            self.curves.entry(key).or_default().push((record.step, record.value));
        } else if record.metric.starts_with("latency") && record.subnet.is_empty() {
            let job = self.latency_jobs.entry(record.job_id.clone()).or_default();
            job.insert(record.metric.clone(), record.value);
        } else {
            self.values.insert(key, measured);
        }
    }

    /// Puts curves in order of their updates.
    pub fn sort(&mut self) {
        self.curves.values_mut().for_each(|curve| curve.sort_by_key(|(step, _)| *step));
    }

    /// Whether there is any row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.curves.is_empty() && self.latency_jobs.is_empty()
    }

    fn value(&self, metric: &str, split: &str, method: &str, subnet: &str, seed: i64) -> Option<&Measured> {
        self.values.get(&key(metric, split, method, subnet, seed))
    }

    fn curve(&self, metric: &str, method: &str, subnet: &str, seed: i64) -> &[(i64, f64)] {
        self.curves.get(&key(metric, "valid", method, subnet, seed)).map_or(&[], Vec::as_slice)
    }

    /// Keys of the values of one metric, in order.
    fn keys<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = &'a ScoreKey> {
        self.values.keys().filter(move |key| key.metric == metric)
    }
}

fn key(metric: &str, split: &str, method: &str, subnet: &str, seed: i64) -> ScoreKey {
    let [metric, split, method, subnet] = [metric, split, method, subnet].map(str::to_owned);
    ScoreKey { metric, split, method, subnet, seed }
}

/// The study, computed.
#[derive(Debug, Default)]
pub struct Study {
    /// What the profile says of it.
    pub plan: plan::Plan,
    /// Latencies and their predictors.
    pub latency: latency::Latency,
    /// Searches.
    pub searches: Vec<search::Search>,
    /// Found subnets under every searched method.
    pub found_gaps: Vec<found::FoundGap>,
    /// Latency and quality of what each method's searches found.
    pub tradeoff: pareto::Tradeoff,
    /// Continued trainings.
    pub retraining: retraining::Retraining,
    /// What each method cost in all.
    pub costs: Vec<cost::MethodCost>,
}

impl Study {
    /// Computes the study of a report whose records and order are known.
    ///
    /// # Errors
    /// When a statistic fails.
    pub fn new(report: &Report) -> Result<Study> {
        let trained_on = retraining::Retraining::new(report);
        Ok(Study {
            plan: plan::Plan::new(&report.manifest.profile_toml),
            latency: latency::Latency::new(report),
            searches: search::all(report),
            found_gaps: found::gaps(report),
            tradeoff: pareto::Tradeoff::new(report),
            costs: cost::all(report, &trained_on),
            retraining: trained_on,
        })
    }
}

/// The subnets of a method's searches, each with its seed once, in the plan's order, and the limits under which it was
/// found.
fn found_by<'a>(found: &'a [FoundCard], method: &str) -> Vec<(&'a str, i64, Vec<&'a str>)> {
    let mut all: Vec<(&str, i64, Vec<&str>)> = Vec::new();
    for card in found.iter().filter(|card| card.method == method) {
        match all.iter_mut().find(|(subnet, seed, _)| *subnet == card.subnet && *seed == card.seed) {
            Some((_, _, limits)) => limits.push(&card.limit),
            None => all.push((&card.subnet, card.seed, vec![&card.limit])),
        }
    }
    all
}

/// Limits in the order in which the plan's searches have them; others last, by name.
fn limits_in_order(report: &Report) -> Vec<String> {
    let mut limits: Vec<String> = Vec::new();
    let planned = report.manifest.found.iter().map(|card| card.limit.as_str());
    let recorded: BTreeSet<&str> = report.facts.study.keys("search_evaluations").map(|k| k.subnet.as_str()).collect();
    for limit in planned.chain(recorded) {
        if !limits.iter().any(|known| known == limit) {
            limits.push(limit.to_owned());
        }
    }
    limits
}
