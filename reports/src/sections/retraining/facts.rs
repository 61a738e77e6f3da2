//! A common set of subnets is trained on from each searched supernet, to see how much of training from scratch it takes
//! to be as good.

use mos_plan::{Metric, SubnetId};

use super::paired::{PUBLISHED_AGAINST, SavingsDifference, differences};
use super::training::{Retrained, trainings_of};
use crate::run::Run;
use crate::sections::comparisons::facts::plain;
use crate::stats::survival::{Observation, kaplan_meier, median, restricted_mean};
use crate::stats::{Settings, mean_estimate};

/// A survival curve is summarised from so many trainings on.
pub const LEAST_FOR_SURVIVAL: usize = 8;

/// This takes one method's trainings together.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodSavings {
    /// The method.
    pub method: String,
    /// How many trainings reached their goal.
    pub reached: usize,
    /// How many trainings there are.
    pub trainings: usize,
    /// The mean share of the updates from scratch, where those that did not reach the goal count at their budget.
    pub mean_share: Option<f64>,
    /// The Kaplan-Meier median, with enough trainings and where the curve falls so far.
    pub median: Option<f64>,
    /// The mean restricted to the budget, with enough trainings.
    pub restricted_mean: Option<f64>,
}

/// This holds all continued trainings.
#[derive(Clone, Debug, PartialEq)]
pub struct Retraining {
    /// The trainings, by method.
    pub trainings: Vec<Retrained>,
    /// Each method's trainings together.
    pub methods: Vec<MethodSavings>,
    /// The methods against the baselines.
    pub differences: Vec<SavingsDifference>,
}

impl Retraining {
    /// Arranges the rows.
    pub fn new(run: &Run) -> Retraining {
        let trainings: Vec<Retrained> = run.methods.iter().flat_map(|method| trainings_of(run, method)).collect();
        let sound: Vec<&Retrained> = trainings.iter().filter(|r| !r.void).collect();
        let methods = run.methods.iter().filter_map(|method| savings(&sound, method)).collect();
        let differences = differences(&sound, &run.methods);
        Retraining { methods, differences, trainings }
    }

    /// Names the method against which savings are stated: the published one where it was trained on, else plain sharing.
    pub fn against(&self) -> &str {
        let is_published = |r: &Retrained| r.method == PUBLISHED_AGAINST;
        if self.trainings.iter().any(is_published) { PUBLISHED_AGAINST } else { &plain().name }
    }

    /// Gives what each method saves against that one.
    pub fn savings(&self) -> Vec<&SavingsDifference> {
        self.differences.iter().filter(|pair| pair.against == self.against() && pair.saving.value.is_some()).collect()
    }

    /// Gives the seeds whose supernets were trained on.
    pub fn seeds(&self) -> Vec<i64> {
        let mut seeds: Vec<i64> = self.trainings.iter().map(|r| r.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        seeds
    }

    /// Finds the training of a method's found subnet.
    pub fn find(&self, method: &str, subnet: &SubnetId, seed: i64) -> Option<&Retrained> {
        self.trainings.iter().find(|r| r.method == method && r.subnet == *subnet && r.seed == seed)
    }

    /// Tells what all trainings measure their goals in: the loss, unless one of them lacks it.
    pub fn metric(&self) -> Metric {
        let is_loss = self.trainings.iter().all(|r| r.metric == Metric::RetrainLoss);
        if is_loss { Metric::RetrainLoss } else { Metric::RetrainBleu }
    }
}

fn savings(trainings: &[&Retrained], method: &str) -> Option<MethodSavings> {
    let own: Vec<&Retrained> = trainings.iter().copied().filter(|r| r.method == method).collect();
    let shares: Option<Vec<f64>> = own.iter().map(|r| r.share).collect();
    let mean_share = shares.as_ref().and_then(|shares| mean_estimate(shares, &Settings::default()).value);
    let watched = own.iter().map(|r| Some(Observation { time: r.share?, observed: r.reached }));
    let watched = watched.collect::<Option<Vec<_>>>().filter(|w| w.len() >= LEAST_FOR_SURVIVAL);
    let curve = watched.map(|watched| kaplan_meier(&watched));
    let budget = own.iter().filter_map(|r| r.budget_share).reduce(f64::min);
    (!own.is_empty()).then(|| MethodSavings {
        method: method.to_owned(),
        reached: own.iter().filter(|r| r.reached).count(),
        trainings: own.len(),
        mean_share,
        median: curve.as_ref().and_then(|curve| median(curve)),
        restricted_mean: curve.zip(budget).map(|(curve, budget)| restricted_mean(&curve, budget)),
    })
}
