//! A common set of subnets is trained on from each searched supernet, to see how much of training from scratch it takes
//! to be as good.

use mos_base::Split;
use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method::reference;

use super::paired::{PUBLISHED_AGAINST, SavingsDifference, differences};
use crate::run::{Measured, Quality, Run};
use crate::stats::survival::{Observation, kaplan_meier, median, restricted_mean};
use crate::stats::{Settings, mean_estimate};

/// A survival curve is summarised from so many trainings on.
pub const LEAST_FOR_SURVIVAL: usize = 8;

/// One continued training of a subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrained {
    /// The method of the supernet that it starts from.
    pub method: String,
    /// The subnet.
    pub subnet: SubnetId,
    /// The seed.
    pub seed: i64,
    /// The final value from scratch, which is the goal.
    pub goal: f64,
    /// Whether the training from scratch that set the goal failed, so that the goal means nothing.
    pub void: bool,
    /// Whether the goal was reached; if not, the numbers below are what the budget allowed, and lower bounds.
    pub reached: bool,
    /// Whether the training diverged, and so could not reach the goal.
    pub diverged: bool,
    /// The updates until the goal was reached.
    pub updates: f64,
    /// The target tokens until then.
    pub tokens: Option<f64>,
    /// The time until then, without evaluations.
    pub seconds: Option<Measured>,
    /// The updates as a share of those from scratch.
    pub share: Option<f64>,
    /// The budget as a share of the updates from scratch.
    pub budget_share: Option<f64>,
    /// The time as a share of that from scratch.
    pub seconds_share: Option<f64>,
    /// Whether its time or that from scratch was taken beside other jobs.
    pub loaded: bool,
    /// What goal and curve are values of: [`Metric::RetrainLoss`] or [`Metric::RetrainBleu`].
    pub metric: Metric,
    /// The value against the share of the updates from scratch.
    pub curve: Vec<(f64, f64)>,
    /// The value on test where the goal was reached, or at the end where it never was.
    pub test: Option<f64>,
    /// The value on test of the same subnet from scratch.
    pub scratch_test: Option<f64>,
}

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

    /// Gives what each method saves against the method of the paper's figure.
    pub fn savings_to_published(&self) -> Vec<&SavingsDifference> {
        self.differences
            .iter()
            .filter(|pair| pair.against == PUBLISHED_AGAINST && pair.saving.value.is_some())
            .collect()
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

/// Gives the continued trainings from a method's supernets, by seed and then in the plan's order of subnets.
fn trainings_of(run: &Run, method: &str) -> Vec<Retrained> {
    let keys = run.facts.study.keys(Metric::RetrainUpdates).filter(|key| key.method == method);
    let of_it = keys.filter_map(|key| match &key.subject {
        Subject::Subnet(subnet) => training(run, method, subnet, key.seed),
        _ => None,
    });
    let mut trainings: Vec<Retrained> = of_it.collect();
    let cards: Vec<&SubnetId> = run.cards().map(|card| &card.id).collect();
    let place = |subnet: &SubnetId| cards.iter().position(|card| *card == subnet).unwrap_or(cards.len());
    trainings.sort_by_key(|r| (r.seed, place(&r.subnet)));
    trainings
}

fn training(run: &Run, method: &str, subnet: &SubnetId, seed: i64) -> Option<Retrained> {
    let subject = Subject::Subnet(subnet.clone());
    let study = &run.facts.study;
    let measured = |metric: Metric| study.of_method(metric, method, &subject, seed);
    let value = |metric: Metric| measured(metric).map(|m| m.value);
    let from_scratch =
        |metric: Metric| run.facts.job(metric, &reference().name, &subject, seed).filter(|m| m.value > 0.0);
    let (updates, whole) = (value(Metric::RetrainUpdates)?, from_scratch(Metric::Updates).map(|m| m.value));
    let times = measured(Metric::RetrainSeconds).zip(from_scratch(Metric::TrainSeconds));
    let curve_of = |metric: Metric| study.curve(metric, method, &subject, seed);
    let metric = if curve_of(Metric::RetrainLoss).is_empty() { Metric::RetrainBleu } else { Metric::RetrainLoss };
    let share = |updates: f64| whole.map(|whole| updates / whole);
    let scored = if metric == Metric::RetrainLoss { Metric::Loss } else { Metric::TokenisedBleu };
    let on_test = Quality { metric: scored, split: Split::Test };
    Some(Retrained {
        method: method.to_owned(),
        subnet: subnet.clone(),
        seed,
        void: run.failed.iter().any(|failed| failed.is_from_scratch(subnet)),
        goal: value(Metric::RetrainGoal)?,
        reached: value(Metric::RetrainReached)? > 0.0,
        diverged: value(Metric::RetrainDiverged).is_some_and(|v| v > 0.0),
        updates,
        tokens: value(Metric::RetrainTokens),
        share: share(updates),
        budget_share: value(Metric::RetrainBudget).and_then(share),
        seconds_share: times.map(|(own, whole)| own.value / whole.value),
        loaded: times.is_some_and(|(own, whole)| own.loaded || whole.loaded),
        seconds: measured(Metric::RetrainSeconds).cloned(),
        metric,
        curve: curve_of(metric).iter().filter_map(|(step, value)| Some((share(*step as f64)?, *value))).collect(),
        test: study.on_test(Metric::RetrainTest, method, &subject, seed),
        scratch_test: run.facts.score(on_test, &reference().name, subnet, seed),
    })
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
