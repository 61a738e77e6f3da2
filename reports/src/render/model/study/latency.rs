//! Measured latencies, how steady they were, and how well each family of predictors did.

use std::collections::{BTreeMap, BTreeSet};

use super::StudyFacts;
use crate::render::model::Report;
use crate::stats::quantile;

/// One latency job.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// What it measured.
    pub what: &'static str,
    /// Measured subnets.
    pub rows: Option<f64>,
    /// Measurements with too wide a spread.
    pub unsteady: Option<f64>,
    /// Median spread of its measurements, as a share of the latency: the noise floor.
    pub noise: Option<f64>,
    /// Threads.
    pub threads: Option<f64>,
    /// Load average when it began.
    pub load: Option<f64>,
}

/// One measured subnet of the scored and found ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Subnet {
    /// Name.
    pub name: String,
    /// Encoder, ms.
    pub encoder: Option<f64>,
    /// Decoder, ms.
    pub decoder: Option<f64>,
    /// Both, ms.
    pub total: f64,
    /// Standard deviation as a share of the total.
    pub spread: Option<f64>,
}

/// One family of predictors: mean figures over its splits.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Name.
    pub name: String,
    /// Whether it was chosen.
    pub chosen: bool,
    /// Median absolute error on the validation parts, %.
    pub valid_mdape: Option<f64>,
    /// Median absolute error on the test parts, %.
    pub mdape: Option<f64>,
    /// Mean absolute error on the test parts, %.
    pub mape: Option<f64>,
    /// Root mean square error on the test parts, ms.
    pub rmse: Option<f64>,
    /// Kendall's tau-b on the test parts.
    pub tau: Option<f64>,
}

/// Everything about latency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Scored and found subnets, in plan order.
    pub subnets: Vec<Subnet>,
    /// FLOPs and latency of the predictor's random subnets.
    pub sample: Vec<(f64, f64)>,
    /// Predictors, by name.
    pub families: Vec<Family>,
}

impl Latency {
    /// Arranges the rows.
    pub fn new(report: &Report) -> Latency {
        let facts = &report.facts.study;
        let sample: BTreeSet<&str> = facts.keys("flops").map(|key| key.subnet.as_str()).collect();
        let flops_and_latency = |name: &&str| {
            Some((facts.value("flops", "", "", name, 0)?.value, facts.value("latency", "", "", name, 0)?.value))
        };
        let cards = report.manifest.subnets.iter().chain(&report.manifest.found_subnets);
        Latency {
            jobs: jobs(facts),
            subnets: cards.filter_map(|card| subnet(facts, &card.name)).collect(),
            sample: sample.iter().filter_map(flops_and_latency).collect(),
            families: families(facts),
        }
    }

    /// Scored and found subnets whose measurement has a spread above `limit`, and all that have one.
    pub fn unsteady_subnets(&self, limit: f64) -> (usize, usize) {
        let spreads: Vec<f64> = self.subnets.iter().filter_map(|subnet| subnet.spread).collect();
        (spreads.iter().filter(|spread| **spread > limit).count(), spreads.len())
    }

    /// Measurements with too wide a spread, and all that were judged.
    pub fn unsteady(&self) -> (f64, f64) {
        let judged = self.jobs.iter().filter_map(|job| Some((job.unsteady?, job.rows?)));
        judged.fold((0.0, 0.0), |(a, b), (unsteady, rows)| (a + unsteady, b + rows))
    }
}

fn subnet(facts: &StudyFacts, name: &str) -> Option<Subnet> {
    let of = |metric: &str| facts.value(metric, "", "", name, 0).map(|m| m.value);
    Some(Subnet {
        name: name.to_owned(),
        encoder: of("latency_encoder"),
        decoder: of("latency_decoder"),
        total: of("latency")?,
        spread: of("latency_spread"),
    })
}

/// The jobs, the predictor's sample first.
fn jobs(facts: &StudyFacts) -> Vec<Job> {
    let job = |(id, values): (&String, &BTreeMap<String, f64>)| {
        let of = |metric: &str| -> Vec<f64> {
            let own = facts.values.iter().filter(|(key, m)| key.metric == metric && m.job == *id);
            own.map(|(_, m)| m.value).collect()
        };
        let mut spreads = of("latency_spread");
        spreads.sort_by(f64::total_cmp);
        let value = |metric: &str| values.get(metric).copied();
        let what = match (spreads.is_empty(), !of("flops").is_empty()) {
            (true, _) => "a table that was given",
            (false, true) => "random subnets, for the predictor",
            (false, false) => "scored and found subnets",
        };
        Job {
            what,
            rows: value("latency_rows"),
            unsteady: value("latency_unsteady"),
            noise: quantile(&spreads, 0.5),
            threads: value("latency_threads"),
            load: value("latency_load"),
        }
    };
    let mut jobs: Vec<Job> = facts.latency_jobs.iter().map(job).collect();
    jobs.sort_by_key(|job| job.what == "scored and found subnets");
    jobs
}

fn families(facts: &StudyFacts) -> Vec<Family> {
    let names: BTreeSet<&str> = facts.keys("predictor_mdape").map(|key| key.subnet.as_str()).collect();
    let family = |name: &str| {
        let of = |metric: &str, split: &str| facts.value(metric, split, "", name, 0).map(|m| m.value);
        Family {
            name: name.to_owned(),
            chosen: of("predictor_chosen", "").is_some(),
            valid_mdape: of("predictor_mdape", "valid"),
            mdape: of("predictor_mdape", "test"),
            mape: of("predictor_mape", "test"),
            rmse: of("predictor_rmse", "test"),
            tau: of("predictor_tau", "test"),
        }
    };
    names.into_iter().map(family).collect()
}
