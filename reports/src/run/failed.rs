//! A training can fail: it diverges, or from scratch it hardly learns. Both are results, and are named.

use std::collections::BTreeSet;

use mos_base::Split;
use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method;

use super::facts::{Facts, TrainKey};
use super::quality::Quality;

/// What went wrong with a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Failure {
    /// It diverged for good at this update; it has no weights, so what needs them is missing.
    Diverged(f64),
    /// Its validation loss, the first value, ended above the second one, which a network that learned stays below.
    HardlyLearned(f64, f64),
}

/// A training that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTraining {
    /// The training.
    pub key: TrainKey,
    /// What went wrong with it.
    pub failure: Failure,
}

impl FailedTraining {
    /// Tells whether it is a training from scratch of this subnet.
    pub fn is_from_scratch(&self, subnet: &SubnetId) -> bool {
        self.key.method == method::reference().name && self.key.subject == Subject::Subnet(subnet.clone())
    }
}

/// Finds the trainings that failed: all that diverged, and those from scratch of `subnets` whose validation loss did not
/// end `margin` nats a token below the cross-entropy of the training unigram. Where the profile names no margin, or that
/// number was not recorded, none can be said to have hardly learned.
pub fn failed_trainings<'a>(
    facts: &Facts,
    subnets: impl Iterator<Item = &'a SubnetId>,
    margin: Option<f64>,
) -> Vec<FailedTraining> {
    let diverged = facts.train_keys().into_iter().filter_map(|key| {
        let at = facts.job(Metric::DivergedAt, &key.method, &key.subject, key.seed)?.value;
        Some(FailedTraining { key, failure: Failure::Diverged(at) })
    });
    let mut failed: Vec<FailedTraining> = diverged.collect();
    let unigram = facts.data(Metric::UnigramCrossEntropy, Some(Split::Valid));
    let (Some(unigram), Some(margin)) = (unigram, margin) else { return failed };
    let subnets: Vec<&SubnetId> = subnets.collect();
    for seed in facts.scored_seeds() {
        failed.extend(subnets.iter().filter_map(|subnet| hardly_learned(facts, subnet, seed, unigram - margin)));
    }
    failed
}

fn hardly_learned(facts: &Facts, subnet: &SubnetId, seed: i64, most: f64) -> Option<FailedTraining> {
    let reference = &method::reference().name;
    let loss = facts.score(Quality::VALIDATION_LOSS, reference, subnet, seed).filter(|loss| *loss > most)?;
    let key = TrainKey { method: reference.clone(), subject: Subject::Subnet(subnet.clone()), seed };
    Some(FailedTraining { key, failure: Failure::HardlyLearned(loss, most) })
}

/// Gives the subnets whose training from scratch failed with any seed.
pub fn failed_subnets(failed: &[FailedTraining]) -> BTreeSet<&Subject> {
    let from_scratch = failed.iter().filter(|f| f.key.method == method::reference().name);
    from_scratch.map(|f| &f.key.subject).collect()
}
