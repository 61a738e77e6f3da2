//! The job that searches one supernet under one limit: by evolution, and by random search beside it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use mos_base::Split;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Losses;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::search::SearchSpec;
use mos_plan::{Metric, Record, Subject};
use mos_spaces::Arch;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::search::evolution::{Evolution, Setting};
use mos_spaces::search::limit::{LimitError, Reach};
use serde::{Deserialize, Serialize};

use super::context::{JobContext, Outcome, Ticker, device};
use super::evaluation::EvaluationSet;
use super::measured::MeasuredLatencies;
use super::predictor;
use super::sweep::SEARCH_STATE;
use super::track_jobs::TrackJobs;
use super::weights::{finished_weights, training_spec};
use crate::system::files::write_atomic;

/// Name of the file in the job's folder that holds what the search found.
pub const FOUND: &str = "found.json";

/// The outcome of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchResult {
    /// The best subnet.
    pub arch: Arch,
    /// Its label-smoothed validation loss with inherited weights.
    pub fitness: f64,
    /// Its cost in the limit's unit.
    pub cost: f64,
    /// The limit and what can be reached.
    pub reach: Reach,
    /// Distinct subnets that were scored.
    pub evaluations: usize,
    /// Best fitness of random subnets.
    pub random_fitness: f64,
    /// How many those are: as many as evolution scored, or fewer where a long draw finds no more.
    pub random_evaluations: usize,
}

/// Reads what a finished search found.
pub fn found(job_dir: &Path) -> Result<SearchResult> {
    let path = job_dir.join(FOUND);
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
}

/// The state of a search, written after every generation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchState {
    evolution: Evolution,
    /// Fitness of the random subnets scored so far, in their order.
    random: Vec<f64>,
    /// Seconds of evolution.
    seconds: f64,
    /// Seconds of random search.
    random_seconds: f64,
}

/// Number of random subnets between two writes of the state.
const WRITE_EVERY: usize = 25;

impl SearchState {
    fn save(&mut self, job_dir: &Path, clock: &mut Instant, evolves: bool) -> Result<()> {
        *if evolves { &mut self.seconds } else { &mut self.random_seconds } += clock.elapsed().as_secs_f64();
        *clock = Instant::now();
        write_atomic(&job_dir.join(SEARCH_STATE), &serde_json::to_vec(self)?)
    }
}

/// Why a generation was not scored.
#[derive(Debug)]
enum Stop {
    Asked,
    Limit(LimitError),
    Failed(anyhow::Error),
}

impl From<LimitError> for Stop {
    fn from(error: LimitError) -> Stop {
        Stop::Limit(error)
    }
}

/// Scores subnets: fitness is their training loss on the validation split, with inherited weights.
struct Fitness<'a, T: TrackJobs> {
    source: WeightSource,
    task: T::Task,
    set: EvaluationSet<'a, T>,
}

impl<T: TrackJobs> Fitness<'_, T> {
    fn losses(&mut self, arch: &Arch) -> Result<Losses> {
        self.set.losses(&self.task, &self.source.materialise(arch))
    }
}

/// Runs the job from where it stands.
pub fn search<T: TrackJobs>(context: &JobContext, job: &JobSpec, spec: &SearchSpec) -> Result<Outcome> {
    let track = T::open(context, job)?;
    let supernet = context.input(Role::Supernet)?;
    let source = finished_weights(supernet, &training_spec(supernet)?, track.vocab(), device(&job.context))?;
    let latency = if spec.limit.is_latency() { Some(predictor::read(context.input(Role::Predictor)?)?) } else { None };
    let space = source.space().clone();
    let predicted_ms = |arch: &Arch| {
        let predictor = latency.as_ref().expect("read above: a limit of latency needs a predictor");
        predictor.predict_ms(&space.raw_features(arch))
    };
    let measured = MeasuredLatencies::resume(&context.job_dir)?;
    let measure = |protocol: &Protocol, arch: &Arch| {
        let now = || T::measure_latency(protocol, &space, arch, track.vocab(), device(&job.context)).total_ms();
        (!context.told_to_stop()).then(now)
    };
    let latency_ms = |arch: &Arch| match &spec.measured {
        None => predicted_ms(arch),
        Some(protocol) => measured.of(arch, || measure(protocol, arch)),
    };
    let setting = Setting { space: &space, limit: spec.limit, latency_ms: &latency_ms, predicted_ms: &predicted_ms };
    let task = track.task(&spec.task, &source);
    let set = EvaluationSet::new(|parts| track.validation_batches(&spec.task, Split::Valid, parts));
    let mut fitness: Fitness<T> = Fitness { source, task, set };
    let mut clock = Instant::now();
    // A search that is told to stop while it measures finds no subnet that meets the limit.
    let mut state = match start(context, spec, &setting) {
        Err(_) if context.told_to_stop() => return Ok(Outcome::Interrupted),
        started => started?,
    };
    match evolve(context, spec, &setting, &mut fitness, &mut state, &mut clock) {
        Ok(true) => {}
        Ok(false) => return Ok(Outcome::Interrupted),
        Err(_) if context.told_to_stop() => return Ok(Outcome::Interrupted),
        Err(error) => return Err(error),
    }
    let found = result(&setting, &state)?;
    write_atomic(&context.job_dir.join(FOUND), &serde_json::to_vec_pretty(&found)?)?;
    let loss = fitness.losses(&found.arch)?.nll;
    let records = records(context, job, spec, &state, &found, loss);
    Ok(Outcome::Finished { records, outputs: vec![FOUND.to_string()] })
}

fn start(context: &JobContext, spec: &SearchSpec, setting: &Setting) -> Result<SearchState> {
    let path = context.job_dir.join(SEARCH_STATE);
    if !path.exists() {
        let evolution = Evolution::start(setting, spec.evolution, spec.seed)?;
        return Ok(SearchState { evolution, random: vec![], seconds: 0.0, random_seconds: 0.0 });
    }
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is damaged; delete the job's folder to search afresh", path.display()))
}

/// Runs evolution, then scores as many random subnets; returns false when told to stop before the end.
fn evolve<T: TrackJobs>(
    context: &JobContext,
    spec: &SearchSpec,
    setting: &Setting,
    inherited: &mut Fitness<T>,
    state: &mut SearchState,
    clock: &mut Instant,
) -> Result<bool> {
    let e = &spec.evolution;
    let most = 2 * (e.population + e.iterations.saturating_sub(1) * (e.mutations + e.crossovers)) as u64;
    let mut ticker = Ticker::new();
    let mut scored = (state.evolution.evaluations() + state.random.len()) as u64;
    let mut fitness = |arch: &Arch, note: &str| {
        if context.told_to_stop() {
            return Err(Stop::Asked);
        }
        scored += 1;
        ticker.tick(context, scored.min(most - 1), most, || note.to_string());
        inherited.losses(arch).map(|losses| losses.objective).map_err(Stop::Failed)
    };
    while !state.evolution.is_done() {
        let note = format!("generation {}", state.evolution.history.len() + 1);
        let step = state.evolution.step(setting, |arch| fitness(arch, &note));
        state.save(&context.job_dir, clock, true)?;
        match step {
            Ok(()) => {}
            Err(Stop::Asked) => return Ok(false),
            Err(Stop::Limit(error)) => return Err(error.into()),
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    for arch in state.evolution.random_peers(setting).iter().skip(state.random.len()) {
        match fitness(arch, "random search") {
            Ok(score) => state.random.push(score),
            Err(Stop::Failed(error)) => return Err(error),
            Err(_) => {
                state.save(&context.job_dir, clock, false)?;
                return Ok(false);
            }
        }
        if state.random.len().is_multiple_of(WRITE_EVERY) {
            state.save(&context.job_dir, clock, false)?;
        }
    }
    state.save(&context.job_dir, clock, false)?;
    Ok(true)
}

fn result(setting: &Setting, state: &SearchState) -> Result<SearchResult> {
    let (arch, fitness) = state.evolution.best(setting.space);
    let random_fitness = state.random.iter().copied().min_by(f64::total_cmp).context("random search scored nothing")?;
    Ok(SearchResult {
        cost: setting.limit.cost(setting.space, &arch, setting.latency_ms),
        arch,
        fitness,
        reach: state.evolution.reach(),
        evaluations: state.evolution.evaluations(),
        random_fitness,
        random_evaluations: state.random.len(),
    })
}

fn records(
    context: &JobContext,
    job: &JobSpec,
    spec: &SearchSpec,
    state: &SearchState,
    found: &SearchResult,
    loss: f64,
) -> Vec<Record> {
    let base = |metric: Metric, value: f64| Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        subject: Subject::Limit(spec.limit),
        split: Some(Split::Valid),
        ..context.row(job, metric, value)
    };
    let mut records = vec![
        base(Metric::SearchEvaluations, found.evaluations as f64),
        base(Metric::RandomEvaluations, found.random_evaluations as f64),
        base(Metric::SearchCost, found.cost),
        base(Metric::SearchLimit, found.reach.limit),
        base(Metric::SearchLeast, found.reach.least),
        base(Metric::SearchMost, found.reach.most),
        base(Metric::SearchLoss, loss),
        base(Metric::SearchSeconds, state.seconds),
        base(Metric::RandomSeconds, state.random_seconds),
    ];
    for (i, generation) in state.evolution.history.iter().enumerate() {
        let at = |record: Record| Record { step: generation.evaluations as i64, ..record };
        let random = state.random.iter().take(generation.evaluations).copied().fold(f64::INFINITY, f64::min);
        let is_new = i == 0 || state.evolution.history[i - 1].evaluations < generation.evaluations;
        if is_new {
            records.push(at(base(Metric::SearchFitness, generation.best)));
            records.push(at(base(Metric::RandomFitness, random)));
        }
    }
    records
}
