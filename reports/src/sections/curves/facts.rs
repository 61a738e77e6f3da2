//! These facts tell whether training from scratch learned, and each method's course.

use std::collections::BTreeMap;

use mos_base::Split;
use mos_plan::{Metric, Subject, SubnetId};
use mos_spaces::method;

use crate::run::{Quality, Run, mean};

/// This quality is watched in training.
pub const WATCHED: Quality = Quality::VALIDATION_LOSS;

/// A network that has learned to translate stands at least so far below the unigram entropy, in nats a token.
pub const LEARNED: f64 = 2.0;

/// The 97.5% quantile of the normal distribution.
const NORMAL_QUANTILE: f64 = 1.96;

/// Gives the least loss of a model that knows the frequencies of the validation tokens and nothing else.
pub fn unigram_entropy(run: &Run) -> Option<f64> {
    run.facts.data(Metric::UnigramEntropy, Some(Split::Valid))
}

/// Gives the mean score from scratch of the largest subnet.
pub fn largest_from_scratch(run: &Run, quality: Quality) -> Option<f64> {
    run.facts.mean_score(quality, &method::reference().name, largest(run)?, &run.seeds)
}

/// The loss of the largest subnet from scratch beside that of a model which knows the frequencies of the training tokens and
/// nothing else, on the same validation tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BesideUnigram {
    /// The loss, in nats a token.
    pub loss: f64,
    /// Half of its 95% interval, where the split's sequences are drawn.
    pub margin: f64,
    /// The loss of the unigram model.
    pub unigram: f64,
}

impl BesideUnigram {
    /// Says whether the whole interval is below the unigram model's loss.
    pub fn has_learned(self) -> bool {
        self.loss + self.margin < self.unigram
    }
}

/// Sets the largest subnet beside the unigram model, where the standard error of its loss was recorded.
pub fn beside_unigram(run: &Run) -> Option<BesideUnigram> {
    let (reference, subnet) = (&method::reference().name, largest(run)?);
    let error = |seed: &i64| run.facts.loss_error(Split::Valid, reference, subnet, *seed);
    // Seeds share the sequences: their mean is no more certain than one of them.
    let error = mean(run.seeds.iter().filter_map(error))?;
    Some(BesideUnigram {
        loss: largest_from_scratch(run, WATCHED)?,
        margin: NORMAL_QUANTILE * error,
        unigram: run.facts.data(Metric::UnigramCrossEntropy, Some(Split::Valid))?,
    })
}

/// Tells how far the largest subnet's validation loss from scratch is below the unigram entropy, in nats a token.
pub fn learned(run: &Run) -> Option<f64> {
    Some(unigram_entropy(run)? - largest_from_scratch(run, WATCHED)?)
}

/// Gives the names of the subnets other than the largest that did not learn from scratch, in a run of an earlier version
/// that did not record what a failed training is told by today.
pub fn not_learned(run: &Run) -> Vec<String> {
    if run.facts.data(Metric::UnigramCrossEntropy, Some(Split::Valid)).is_some() {
        return Vec::new();
    }
    let Some(entropy) = unigram_entropy(run) else { return Vec::new() };
    let failed = |subnet: &&SubnetId| {
        let reached = run.facts.mean_score(WATCHED, &method::reference().name, subnet, &run.seeds);
        Some(*subnet) != largest(run) && reached.is_some_and(|reached| entropy - reached < LEARNED)
    };
    run.subnets.iter().chain(&run.found_subnets).filter(failed).map(|subnet| subnet.name.clone()).collect()
}

/// Finds the subnet of the fixed sample with the most parameters.
fn largest(run: &Run) -> Option<&SubnetId> {
    run.manifest.subnets.iter().max_by_key(|card| card.params).map(|card| &card.id)
}

/// Tells whether a method was watched on a subnet in training.
pub fn was_watched(run: &Run, method: &str, subnet: &SubnetId) -> bool {
    run.facts.seeds_of(method).iter().any(|seed| !run.facts.curve(WATCHED, method, subnet, *seed).is_empty())
}

/// Gives a method's course on a subnet, as the mean over the seeds at each update. Trainings that diverged are left out,
/// unless all of them did.
pub fn course(run: &Run, method: &str, subnet: &SubnetId) -> Vec<(f64, f64)> {
    let mut at: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let all = run.facts.seeds_of(method);
    let whole: Vec<i64> = all.iter().copied().filter(|seed| !diverged(run, method, subnet, *seed)).collect();
    for seed in if whole.is_empty() { all } else { whole } {
        for (step, loss) in run.facts.curve(WATCHED, method, subnet, seed) {
            at.entry(*step).or_default().push(*loss);
        }
    }
    at.into_iter().filter_map(|(step, losses)| Some((step as f64, mean(losses)?))).collect()
}

/// Tells whether the training behind a curve diverged: that of a supernet, or of this subnet from scratch.
fn diverged(run: &Run, method: &str, subnet: &SubnetId, seed: i64) -> bool {
    let subjects = [Subject::Whole, Subject::Subnet(subnet.clone())];
    subjects.iter().any(|subject| run.facts.job(Metric::DivergedAt, method, subject, seed).is_some())
}
