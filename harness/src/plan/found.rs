//! The jobs that are known only when the searches have ended: what they found, measured, trained and scored.

use anyhow::Result;
use mos_baselines::search::Limit;
use mos_baselines::space::Arch;

use super::Planner;
use super::specs::{base, latency_of, score};
use crate::experiment::{Experiment, named};
use crate::spec::{LatencySubjects, NamedArch, RetrainSpec, ScoreSpec, Target, TrainSpec, Work};
use crate::study::{Candidate, EVALUATE_SHARE};

/// What one search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Method of the supernet.
    pub method: String,
    /// Seed.
    pub seed: u64,
    /// The constraint.
    pub limit: Limit,
    /// The subnet.
    pub arch: Arch,
}

/// A [`Found`] with a name: that of the scored subnet that it is, else `found-1`, ... in the order of the searches. The
/// same architecture has one name, whoever found it, and is trained from scratch once.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSubnet {
    /// What was found.
    pub found: Found,
    /// With its name.
    pub subnet: NamedArch,
}

/// Names what the searches found.
pub fn name_found(experiment: &Experiment, found: Vec<Found>) -> Vec<FoundSubnet> {
    let mut known = experiment.subnets.clone();
    let scored = known.len();
    let mut name = |found: Found| {
        let same = known.iter().find(|n| n.arch == found.arch).cloned();
        let subnet = same.unwrap_or_else(|| {
            let fresh = named(&format!("found-{}", known.len() - scored + 1), found.arch.clone());
            known.push(fresh.clone());
            fresh
        });
        FoundSubnet { found, subnet }
    };
    found.into_iter().map(&mut name).collect()
}

/// Found subnets that are none of `subnets`, each once.
pub fn fresh<'a>(subnets: &[NamedArch], found: impl Iterator<Item = &'a FoundSubnet>) -> Vec<NamedArch> {
    let mut fresh: Vec<NamedArch> = Vec::new();
    for FoundSubnet { subnet, .. } in found {
        if !subnets.contains(subnet) && !fresh.contains(subnet) {
            fresh.push(subnet.clone());
        }
    }
    fresh
}

/// Random subnets in place of those that are not found yet, for estimates.
pub fn stand_ins(experiment: &Experiment, planner: &Planner) -> Vec<FoundSubnet> {
    let random = &experiment.drawn[2..];
    let stand_in = |(i, search): (usize, &super::PlannedSearch)| FoundSubnet {
        found: Found {
            method: search.method.clone(),
            seed: search.seed,
            limit: search.limit,
            arch: random[i % random.len()].arch.clone(),
        },
        subnet: named(&format!("found-{}", i + 1), random[i % random.len()].arch.clone()),
    };
    planner.searches.iter().enumerate().map(stand_in).collect()
}

impl Planner<'_> {
    /// Measures, trains from scratch, scores and trains on what the searches found. Every searched supernet scores all of
    /// it: found subnets are gap subnets, too.
    pub fn add_found(&mut self, found: &[FoundSubnet]) -> Result<()> {
        let experiment = self.experiment;
        if self.measures && !found.is_empty() {
            let all = experiment.subnets.iter().cloned().chain(fresh(&experiment.subnets, found.iter())).collect();
            self.graph.add(self.context, latency_of(experiment, LatencySubjects::Subnets(all))?, &[]);
        }
        for seed in experiment.seeds() {
            let fresh = fresh(&experiment.subnets, found.iter().filter(|f| f.found.seed == seed));
            for subnet in &fresh {
                self.scratch(subnet, seed, &experiment.profile.study.retraining.scratch_rates)?;
            }
            let methods = if fresh.is_empty() { vec![] } else { experiment.searched() };
            for method in methods {
                let trained = self.supernets[&(method.to_string(), seed)];
                let job = self.graph.add(self.context, score(experiment, method, seed, fresh.clone()), &[trained]);
                self.graph.jobs[job].label = format!("score {method} on found subnets seed {seed}");
            }
        }
        for FoundSubnet { found, subnet } in found {
            let from = self.supernets[&(found.method.clone(), found.seed)];
            let target = self.scratch_scores[&(subnet.name.clone(), found.seed)];
            let chosen = experiment.profile.study.retraining.chosen();
            let spec = retrain(experiment, &found.method, found.seed, subnet, chosen)?;
            self.graph.add(self.context, Work::Retrain(spec), &[from, target]);
        }
        Ok(())
    }
}

/// Continued training of a subnet from a supernet's weights.
pub(super) fn retrain(
    experiment: &Experiment,
    method: &str,
    seed: u64,
    subnet: &NamedArch,
    schedule: Candidate,
) -> Result<RetrainSpec> {
    let (profile, study) = (&experiment.profile, &experiment.profile.study.retraining);
    let whole = profile.training.updates;
    let share = |share: f64| ((whole as f64 * share).round() as u64).max(1);
    let train = TrainSpec {
        method: method.to_string(),
        subnet: Some(subnet.clone()),
        updates: share(study.budget),
        warmup: (whole as f64 * study.warmup).round() as u64,
        peak_lr: schedule.peak_share * experiment.scratch_rate(&subnet.arch),
        decay: schedule.decay,
        validate_every: share(EVALUATE_SHARE),
        keep_best: false,
        ..base(experiment, seed)?
    };
    let decoding = match score(experiment, method, seed, vec![]) {
        Work::Score(spec) if study.target == Target::TokenisedBleu => {
            Some(ScoreSpec { decode_splits: vec!["valid".to_string()], ..spec })
        }
        _ => None,
    };
    Ok(RetrainSpec { train, weights: study.weights, target: study.target, batches_seen: whole, decoding })
}
