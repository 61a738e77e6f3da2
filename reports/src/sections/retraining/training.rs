//! One continued training is put together from its records, and from those of the training from scratch that sets its
//! goal.

use mos_base::Split;
use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method::reference;

use crate::run::{Measured, Quality, Run};

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

/// Gives the continued trainings from a method's supernets, by seed and then in the plan's order of subnets.
pub fn trainings_of(run: &Run, method: &str) -> Vec<Retrained> {
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
