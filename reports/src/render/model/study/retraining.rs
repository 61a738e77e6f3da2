//! Continued training of found subnets: how much of training from scratch it takes to be as good.

use super::found_by;
use crate::render::model::comparisons::BASELINES;
use crate::render::model::{Measured, Report, SCRATCH};
use crate::stats::survival::{Observation, kaplan_meier, median, restricted_mean};
use crate::stats::{Estimate, Settings, Verdict, mean_estimate};

/// Trainings from which on a survival curve is summarised.
pub const LEAST_FOR_SURVIVAL: usize = 8;
/// Pairs from which on a difference gets an interval.
pub const LEAST_PAIRS: usize = 5;

/// One continued training.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrained {
    /// Method of the supernet it starts from.
    pub method: String,
    /// Subnet.
    pub subnet: String,
    /// Seed.
    pub seed: i64,
    /// Limits under which the method's searches found the subnet.
    pub limits: Vec<String>,
    /// Final value from scratch.
    pub goal: f64,
    /// Whether it was reached; else the numbers below are what the budget allowed, and lower bounds.
    pub reached: bool,
    /// Whether it diverged, and so could not reach it.
    pub diverged: bool,
    /// Updates until it was reached.
    pub updates: f64,
    /// Target tokens until then.
    pub tokens: Option<f64>,
    /// Time until then, without evaluations.
    pub seconds: Option<Measured>,
    /// Updates as a share of those from scratch.
    pub share: Option<f64>,
    /// Budget as a share of the updates from scratch.
    pub budget_share: Option<f64>,
    /// Time as a share of that from scratch.
    pub seconds_share: Option<f64>,
    /// Whether its time or that from scratch was taken beside other jobs.
    pub loaded: bool,
    /// Whether the values are losses.
    pub is_loss: bool,
    /// Value against share of the updates from scratch.
    pub curve: Vec<(f64, f64)>,
}

/// One method's trainings together.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Method.
    pub method: String,
    /// Trainings that reached their goal.
    pub reached: usize,
    /// Trainings.
    pub trainings: usize,
    /// Mean share of the updates from scratch, those that did not reach it counted at their budget.
    pub mean_share: Option<f64>,
    /// Kaplan-Meier median, with enough trainings and where the curve falls so far.
    pub median: Option<f64>,
    /// Mean restricted to the budget, with enough trainings.
    pub restricted_mean: Option<f64>,
}

/// A method against a baseline over the searches of both.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Method.
    pub method: String,
    /// Baseline.
    pub against: String,
    /// Pairs: one a limit and seed, each pair of trainings once.
    pub pairs: usize,
    /// Its share minus the baseline's, mean over pairs, with an interval only from [`LEAST_PAIRS`] on.
    pub difference: Estimate,
}

impl Comparison {
    /// What may be said.
    pub fn words(&self) -> &'static str {
        match Verdict::of(&self.difference) {
            _ if self.pairs < LEAST_PAIRS => "too few to say",
            Verdict::Narrower => "shorter",
            Verdict::Wider => "longer",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// All continued trainings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retraining {
    /// The trainings, by method.
    pub trainings: Vec<Retrained>,
    /// Methods.
    pub methods: Vec<Summary>,
    /// Methods against the baselines.
    pub comparisons: Vec<Comparison>,
}

impl Retraining {
    /// Arranges the rows.
    pub fn new(report: &Report) -> Retraining {
        let of_method = |method: &String| -> Vec<Retrained> {
            let found = found_by(&report.manifest.found, method);
            found.into_iter().filter_map(|(subnet, seed, limits)| one(report, method, subnet, seed, &limits)).collect()
        };
        let trainings: Vec<Retrained> = report.methods.iter().flat_map(of_method).collect();
        let methods = report.methods.iter().filter_map(|method| summary(&trainings, method)).collect();
        let pairs = BASELINES.iter().flat_map(|baseline| report.methods.iter().map(move |m| (m.as_str(), *baseline)));
        let comparisons = pairs.filter(|(m, b)| m != b).filter_map(|(m, b)| compare(&trainings, m, b)).collect();
        Retraining { trainings, methods, comparisons }
    }

    /// The training of a method's found subnet.
    pub fn find(&self, method: &str, subnet: &str, seed: i64) -> Option<&Retrained> {
        self.trainings.iter().find(|r| r.method == method && r.subnet == subnet && r.seed == seed)
    }
}

fn one(report: &Report, method: &str, subnet: &str, seed: i64, limits: &[&str]) -> Option<Retrained> {
    let facts = &report.facts;
    let measured = |metric: &str| facts.study.value(metric, "valid", method, subnet, seed);
    let value = |metric: &str| measured(metric).map(|m| m.value);
    let from_scratch = |metric: &str| facts.job(metric, SCRATCH, subnet, seed).filter(|m| m.value > 0.0);
    let (updates, whole) = (value("retrain_updates")?, from_scratch("updates").map(|m| m.value));
    let times = measured("retrain_seconds").zip(from_scratch("train_seconds"));
    let losses = facts.study.curve("retrain_loss", method, subnet, seed);
    let values = if losses.is_empty() { facts.study.curve("retrain_bleu", method, subnet, seed) } else { losses };
    let share = |updates: f64| whole.map(|whole| updates / whole);
    Some(Retrained {
        method: method.to_owned(),
        subnet: subnet.to_owned(),
        seed,
        limits: limits.iter().map(|limit| (*limit).to_owned()).collect(),
        goal: value("retrain_goal")?,
        reached: value("retrain_reached")? > 0.0,
        diverged: value("retrain_diverged").is_some_and(|v| v > 0.0),
        updates,
        tokens: value("retrain_tokens"),
        share: share(updates),
        budget_share: value("retrain_budget").and_then(share),
        seconds_share: times.map(|(own, whole)| own.value / whole.value),
        loaded: times.is_some_and(|(own, whole)| own.loaded || whole.loaded),
        seconds: measured("retrain_seconds").cloned(),
        is_loss: !losses.is_empty(),
        curve: values.iter().filter_map(|(step, value)| Some((share(*step as f64)?, *value))).collect(),
    })
}

fn summary(trainings: &[Retrained], method: &str) -> Option<Summary> {
    let own: Vec<&Retrained> = trainings.iter().filter(|r| r.method == method).collect();
    let shares: Option<Vec<f64>> = own.iter().map(|r| r.share).collect();
    let mean_share = shares.as_ref().and_then(|shares| mean_estimate(shares, &Settings::default()).value);
    let watched = own.iter().map(|r| Some(Observation { time: r.share?, observed: r.reached }));
    let watched = watched.collect::<Option<Vec<_>>>().filter(|w| w.len() >= LEAST_FOR_SURVIVAL);
    let curve = watched.map(|watched| kaplan_meier(&watched));
    let budget = own.iter().filter_map(|r| r.budget_share).reduce(f64::min);
    (!own.is_empty()).then(|| Summary {
        method: method.to_owned(),
        reached: own.iter().filter(|r| r.reached).count(),
        trainings: own.len(),
        mean_share,
        median: curve.as_ref().and_then(|curve| median(curve)),
        restricted_mean: curve.zip(budget).map(|(curve, budget)| restricted_mean(&curve, budget)),
    })
}

/// `None` when no limit and seed has a training of both.
fn compare(trainings: &[Retrained], method: &str, against: &str) -> Option<Comparison> {
    let of = |name: &str| -> Vec<&Retrained> { trainings.iter().filter(|r| r.method == name).collect() };
    let mut differences = Vec::new();
    for own in of(method) {
        for other in of(against) {
            // Two limits under which both methods found what they found under one are one pair of trainings, not two.
            let same_limit = own.limits.iter().any(|limit| other.limits.contains(limit));
            if own.seed == other.seed && same_limit {
                differences.push(own.share? - other.share?);
            }
        }
    }
    let mut difference = mean_estimate(&differences, &Settings::default());
    difference.value?;
    if differences.len() < LEAST_PAIRS {
        (difference.lo, difference.hi) = (None, None);
    }
    let (method, against) = (method.to_owned(), against.to_owned());
    Some(Comparison { method, against, pairs: differences.len(), difference })
}
