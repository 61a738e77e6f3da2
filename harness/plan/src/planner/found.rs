//! Plans the jobs that are known only when the searches have ended: what they found is measured, trained and scored.

use mos_base::Split;
use mos_spaces::Arch;
use mos_spaces::search::limit::Limit;

use super::planner::{PlannedSearch, Planner};
use super::specs::{base, latency_of, score};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::files::manifest::FoundCard;
use crate::profile::study::{Candidate, EVALUATE_SHARE, STUDY_SEED};
use crate::spec::inputs::Role;
use crate::spec::latency::LatencySubjects;
use crate::spec::training::{Goal, Optimisation, RetrainSpec, TrainSpec};
use crate::spec::work::Work;
use crate::subject::{NamedArch, SubnetKind};

/// A subnet that a search found. If it is one of the scored subnets it keeps that name; else it is called `found-1`,
/// ... in the order of the searches. So the same architecture has one name, whoever found it, and is trained from
/// scratch once.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSubnet {
    /// Method of the supernet.
    pub method: String,
    /// Seed.
    pub seed: u64,
    /// The constraint.
    pub limit: Limit,
    /// The subnet.
    pub subnet: NamedArch,
}

impl FoundSubnet {
    /// Makes the entry that `run.toml` holds of it.
    pub fn card(&self) -> FoundCard {
        FoundCard {
            method: self.method.clone(),
            seed: self.seed as i64,
            limit: self.limit,
            subnet: self.subnet.name().to_string(),
        }
    }
}

/// Names what each search found.
pub fn name_found(experiment: &Experiment, archs: Vec<(&PlannedSearch, Arch)>) -> Vec<FoundSubnet> {
    let mut known = experiment.subnets.clone();
    let scored = known.len();
    let mut name = |(search, arch): (&PlannedSearch, Arch)| {
        let same = known.iter().find(|n| n.arch == arch).cloned();
        let subnet = same.unwrap_or_else(|| {
            let fresh = NamedArch::numbered(SubnetKind::Found, known.len() - scored + 1, arch);
            known.push(fresh.clone());
            fresh
        });
        FoundSubnet { method: search.method.clone(), seed: search.seed, limit: search.limit, subnet }
    };
    archs.into_iter().map(&mut name).collect()
}

/// Returns the found subnets that are none of `subnets`, each once.
pub fn fresh<'a>(subnets: &[NamedArch], found: impl Iterator<Item = &'a FoundSubnet>) -> Vec<NamedArch> {
    let mut fresh: Vec<NamedArch> = Vec::new();
    for FoundSubnet { subnet, .. } in found {
        if !subnets.contains(subnet) && !fresh.contains(subnet) {
            fresh.push(subnet.clone());
        }
    }
    fresh
}

/// Draws random subnets in place of those that are not found yet, for estimates.
pub fn stand_ins(experiment: &Experiment, searches: &[PlannedSearch]) -> Vec<FoundSubnet> {
    let random = &experiment.drawn[2..];
    let stand_in = |(i, search): (usize, &PlannedSearch)| FoundSubnet {
        method: search.method.clone(),
        seed: search.seed,
        limit: search.limit,
        subnet: NamedArch::numbered(SubnetKind::Found, i + 1, random[i % random.len()].arch.clone()),
    };
    searches.iter().enumerate().map(stand_in).collect()
}

impl Planner<'_> {
    /// Plans to measure, train from scratch, score and train on what the searches found. Every searched supernet scores
    /// all of it, since found subnets are gap subnets, too, and trains the same subnets on, so that methods can be
    /// compared in pairs.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn add_found(&mut self, found: &[FoundSubnet]) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        let experiment = self.experiment;
        let fresh = fresh(&experiment.subnets, found.iter());
        let bounds_latency = experiment.profile.study.search.limits.iter().any(Limit::is_latency);
        if self.measures && bounds_latency {
            let all = experiment.subnets.iter().chain(&fresh).cloned().collect();
            self.graph.add(self.basis, latency_of(experiment, LatencySubjects::Subnets(all))?, &[]);
        }
        for subnet in &fresh {
            self.scratch(subnet, STUDY_SEED)?;
        }
        for method in experiment.searched() {
            let trained = self.trained(method, STUDY_SEED);
            if !fresh.is_empty() {
                let score = score(experiment, method, STUDY_SEED, fresh.clone())?;
                let job = self.graph.add(self.basis, score, &[(Role::Training, trained)]);
                self.graph.jobs[job].label = format!("score {method} on found subnets seed {STUDY_SEED}");
            }
            for subnet in trained_on(experiment, found) {
                let target = self.scratch_scores[&(subnet.name().to_string(), STUDY_SEED)];
                let chosen = experiment.profile.study.retraining.chosen();
                let spec = retrain(experiment, method, STUDY_SEED, &subnet, chosen)?;
                let inputs = [(Role::Supernet, trained), (Role::Target, target)];
                let job = self.graph.add(self.basis, Work::Retrain(spec), &inputs);
                self.continued.insert((method.to_string(), subnet.name().to_string()), job);
            }
        }
        self.tune_found(found)
    }
}

/// Returns the subnets that every searched supernet trains on: what the searches found, then scored ones, random ones
/// first, up to the profile's number; none where that is 0.
fn trained_on(experiment: &Experiment, found: &[FoundSubnet]) -> Vec<NamedArch> {
    let points = experiment.profile.study.retraining.points;
    if points == 0 {
        return vec![];
    }
    let mut subnets = fresh(&[], found.iter());
    let (ends, others) = experiment.subnets.split_at(2);
    for subnet in others.iter().chain(ends) {
        if subnets.len() < points && !subnets.contains(subnet) {
            subnets.push(subnet.clone());
        }
    }
    subnets
}

/// Plans the continued training of a subnet from a supernet's weights.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn retrain(
    experiment: &Experiment,
    method: &str,
    seed: u64,
    subnet: &NamedArch,
    schedule: Candidate,
) -> Result<RetrainSpec> {
    let (profile, study) = (&experiment.profile, &experiment.profile.study.retraining);
    let whole = profile.training.updates;
    let share = |share: f64| ((whole as f64 * share).round() as u64).max(1);
    let base = base(experiment, seed)?;
    let optimisation = Optimisation {
        updates: share(study.budget),
        warmup: (whole as f64 * study.warmup).round() as u64,
        peak_lr: schedule.peak_share * experiment.scratch_rate(&subnet.arch),
        decay: schedule.decay,
        ..base.optimisation.clone()
    };
    let train = TrainSpec {
        method: method.to_string(),
        subnet: Some(subnet.clone()),
        optimisation,
        validate_every: share(EVALUATE_SHARE),
        keep_best: None,
        ..base
    };
    let scoring = match study.target {
        Goal::Loss => None,
        Goal::TokenisedBleu => Some(profile.task.scoring(Some(&[Split::Valid]))),
    };
    Ok(RetrainSpec { train, weights: study.weights, goal: study.target, batches_seen: whole, scoring })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Choices;
    use crate::graph::testing;

    #[test]
    fn a_profile_without_points_trains_nothing_on() {
        let mut experiment = Experiment::resolve("cpu", &Choices::default()).unwrap();
        let retrained = |experiment: &Experiment| {
            let basis = testing::basis();
            let mut planner = Planner::new(experiment, &basis, None).unwrap();
            planner.add_found(&stand_ins(experiment, &planner.searches)).unwrap();
            planner.graph.jobs.iter().filter(|job| matches!(job.spec.work, Work::Retrain(_))).count()
        };
        assert!(retrained(&experiment) > 0);
        experiment.profile.study.retraining.points = 0;
        assert_eq!(retrained(&experiment), 0);
    }
}
