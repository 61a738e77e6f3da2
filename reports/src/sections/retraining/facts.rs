//! Found subnets are trained on here to see how much of training from scratch it takes to be as good.

use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method::{baselines, reference};
use mos_spaces::search::limit::Limit;

use crate::run::{Find, Measured, Run};
use crate::stats::survival::{Observation, kaplan_meier, median, restricted_mean};
use crate::stats::{Estimate, Settings, Verdict, mean_estimate};

/// A survival curve is summarised from so many trainings on.
pub const LEAST_FOR_SURVIVAL: usize = 8;
/// A difference gets an interval from so many pairs on.
pub const LEAST_PAIRS: usize = 5;

/// One continued training of a found subnet.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrained {
    /// The method of the supernet that it starts from.
    pub method: String,
    /// The subnet.
    pub subnet: SubnetId,
    /// The seed.
    pub seed: i64,
    /// The limits under which the method's searches found the subnet.
    pub limits: Vec<Limit>,
    /// The final value from scratch, which is the goal.
    pub goal: f64,
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

/// This sets a method against a baseline over the searches of both.
#[derive(Clone, Debug, PartialEq)]
pub struct SavingsDifference {
    /// The method.
    pub method: String,
    /// The baseline.
    pub against: String,
    /// The number of pairs, one for each limit and seed; each pair of trainings stands once.
    pub pairs: usize,
    /// The method's share minus the baseline's, mean over pairs, with an interval only from [`LEAST_PAIRS`] on.
    pub difference: Estimate,
}

impl SavingsDifference {
    /// Says what may be said of the difference.
    pub fn words(&self) -> &'static str {
        match Verdict::of(&self.difference) {
            _ if self.pairs < LEAST_PAIRS => "too few to say",
            Verdict::Narrower => "shorter",
            Verdict::Wider => "longer",
            Verdict::Inconclusive => "inconclusive",
        }
    }
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
        let of_method =
            |method: &String| run.finds_of(method).filter_map(|find| training(run, find)).collect::<Vec<_>>();
        let trainings: Vec<Retrained> = run.methods.iter().flat_map(of_method).collect();
        let methods = run.methods.iter().filter_map(|method| savings(&trainings, method)).collect();
        let pairs =
            baselines().into_iter().flat_map(|b| run.methods.iter().map(move |m| (m.as_str(), b.name.as_str())));
        let differences = pairs.filter(|(m, b)| m != b).filter_map(|(m, b)| compare(&trainings, m, b)).collect();
        Retraining { trainings, methods, differences }
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

fn training(run: &Run, find: &Find) -> Option<Retrained> {
    let (method, seed) = (find.method.as_str(), find.seed);
    let subject = Subject::Subnet(find.subnet.clone());
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
    Some(Retrained {
        method: method.to_owned(),
        subnet: find.subnet.clone(),
        seed,
        limits: find.limits.clone(),
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
    })
}

fn savings(trainings: &[Retrained], method: &str) -> Option<MethodSavings> {
    let own: Vec<&Retrained> = trainings.iter().filter(|r| r.method == method).collect();
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

/// Compares a method with a baseline; `None` when no limit and seed has a training of both.
fn compare(trainings: &[Retrained], method: &str, against: &str) -> Option<SavingsDifference> {
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
    Some(SavingsDifference { method, against, pairs: differences.len(), difference })
}
