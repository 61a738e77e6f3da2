//! Works out from an experiment what its jobs do.

use mos_spaces::search::limit::Limit;
use mos_spaces::{SpaceName, method};

use crate::error::Result;
use crate::experiment::Experiment;
use crate::profile::profile::ScratchInit;
use crate::profile::study::SearchLatency;
use crate::spec::latency::{LatencySpec, LatencySubjects};
use crate::spec::scoring::ScoreSpec;
use crate::spec::search::{SearchSpec, Strategy};
use crate::spec::training::{Optimisation, SecondTry, TrainSpec};
use crate::spec::work::Work;
use crate::subject::NamedArch;

/// Makes the work that finds facts of the corpus.
pub fn data_facts(experiment: &Experiment) -> Work {
    Work::DataFacts(experiment.profile.task.data_facts())
}

/// Most updates of each of the two trainings that show how far equal ones are apart.
const REPEATED_UPDATES: u64 = 200;

/// Makes the work that trains the largest subnet twice for a while.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn repeat(experiment: &Experiment) -> Result<Work> {
    let largest = &experiment.drawn[0];
    let mut train = from_scratch(experiment, largest, 1, experiment.scratch_rate(&largest.arch))?;
    train.optimisation.updates = train.optimisation.updates.min(REPEATED_UPDATES);
    train.optimisation.warmup = train.optimisation.warmup.min(train.optimisation.updates);
    Ok(Work::Repeat(TrainSpec { second_try: None, keep_best: None, ..train }))
}

/// Makes the work that measures latency by the profile's protocol.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn latency_of(experiment: &Experiment, subjects: LatencySubjects) -> Result<Work> {
    let latency = &experiment.profile.study.latency;
    Ok(Work::Latency(LatencySpec {
        space: SpaceName::try_from(experiment.profile.space.clone())?,
        subjects,
        protocol: latency.protocol.clone(),
        max_spread: latency.max_spread,
    }))
}

/// Makes the spec of the training of a supernet.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn supernet(experiment: &Experiment, method: &str, seed: u64, peak_lr: f64) -> Result<TrainSpec> {
    let warmup = experiment.profile.supernet_warmup();
    let base = base(experiment, seed)?;
    let optimisation = Optimisation { warmup, peak_lr, ..base.optimisation.clone() };
    Ok(TrainSpec {
        method: method.to_string(),
        optimisation,
        second_try: Some(second_try(experiment, peak_lr)),
        ..base
    })
}

/// Makes the spec of the training of a subnet from scratch.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn from_scratch(experiment: &Experiment, subnet: &NamedArch, seed: u64, peak_lr: f64) -> Result<TrainSpec> {
    let space = SpaceName::try_from(experiment.profile.space.clone())?;
    from_scratch_in(experiment, space, subnet, seed, peak_lr)
}

/// Makes the spec of the training from scratch of a subnet of any space.
///
/// # Errors
/// Fails if the space of the experiment is none of this version's.
pub fn from_scratch_in(
    experiment: &Experiment,
    space: SpaceName,
    subnet: &NamedArch,
    seed: u64,
    peak_lr: f64,
) -> Result<TrainSpec> {
    let warmup = experiment.profile.scratch_warmup();
    let base = base(experiment, seed)?;
    let optimisation = Optimisation { warmup, peak_lr, ..base.optimisation.clone() };
    let second_try = Some(second_try(experiment, peak_lr));
    let task = experiment.profile.task.scratch_spec();
    Ok(TrainSpec { space, subnet: Some(subnet.clone()), optimisation, second_try, task, ..base })
}

/// Peak rate of the one further attempt of a training that failed, as a share of the first one's.
const SECOND_RATE: f64 = 0.5;

fn second_try(experiment: &Experiment, peak_lr: f64) -> SecondTry {
    SecondTry { peak_lr: SECOND_RATE * peak_lr, learned_nats: experiment.profile.training.learned_nats }
}

/// Adam's decay of the second moment in both of MoS's trainings.
const ADAM_BETA2: f64 = 0.98;

/// Makes the spec that all trainings of an experiment share.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn base(experiment: &Experiment, seed: u64) -> Result<TrainSpec> {
    let (profile, t) = (&experiment.profile, &experiment.profile.training);
    Ok(TrainSpec {
        method: method::reference().name.clone(),
        settings: profile.experts,
        space: SpaceName::try_from(profile.space.clone())?,
        subnet: None,
        seed,
        optimisation: Optimisation {
            updates: t.updates,
            warmup: 0,
            peak_lr: 0.0,
            decay: t.decay,
            weight_decay: t.weight_decay,
            adam_epsilon: t.adam_epsilon,
            adam_beta2: ADAM_BETA2,
            clip_norm: t.clip_norm,
            subnet_losses: t.subnet_losses,
        },
        batch_tokens: t.batch_tokens,
        micro_batches: t.micro_batches,
        precision: t.precision,
        task: profile.task.spec(),
        validate_every: t.validate_every,
        keep_best: t.keep_best,
        own_size_init: t.scratch_init == ScratchInit::OwnSize,
        second_try: None,
    })
}

/// Makes the work that searches a supernet under a limit; `measures` says whether latency is measured here at all.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn search(experiment: &Experiment, method: &str, seed: u64, limit: Limit, measures: bool) -> Result<Work> {
    let study = &experiment.profile.study;
    let measured = measures && limit.is_latency() && study.search.latency == SearchLatency::Measured;
    Ok(Work::Search(SearchSpec {
        space: SpaceName::try_from(experiment.profile.space.clone())?,
        method: method.to_string(),
        seed,
        limit,
        measured: measured.then(|| study.latency.protocol.clone()),
        strategy: if study.search.exhaustive {
            Strategy::Exhaustive
        } else {
            Strategy::Evolution(study.search.evolution)
        },
        task: experiment.profile.task.spec(),
    }))
}

/// Makes the work that scores subnets with the weights of a training of `method`.
///
/// # Errors
/// Fails if the space is none of this version's.
pub fn score(experiment: &Experiment, method: &str, seed: u64, subnets: Vec<NamedArch>) -> Result<Work> {
    Ok(score_in(experiment, SpaceName::try_from(experiment.profile.space.clone())?, method, seed, subnets))
}

/// Makes the work that scores subnets of any space with the weights of a training of `method`.
pub fn score_in(experiment: &Experiment, space: SpaceName, method: &str, seed: u64, subnets: Vec<NamedArch>) -> Work {
    let scoring = experiment.profile.task.scoring(None);
    Work::Score(ScoreSpec { space, method: method.to_string(), seed, subnets, scoring })
}
