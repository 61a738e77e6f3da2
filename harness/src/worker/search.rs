//! The job that searches one supernet under one limit: by evolution, and by random search beside it, or through the whole
//! space.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use mos_base::Split;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Losses;
use mos_plan::spec::inputs::Role;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::search::{SearchSpec, Strategy};
use mos_plan::{Metric, Record, Subject};
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::latency::table::LatencyRow;
use mos_spaces::search::evolution::{Evolution, EvolutionConfig, Setting};
use mos_spaces::search::limit::LimitError;
use mos_spaces::{Arch, SearchSpace};
use serde::{Deserialize, Serialize};
use tch::Device;

use super::context::{JobContext, Outcome, Ticker, device};
use super::evaluation::EvaluationSet;
use super::exhaustive::{Exhausted, exhaust};
use super::found::{FOUND, RandomSearch, SearchResult};
use super::measured::MeasuredLatencies;
use super::predictor;
use super::sweep::SEARCH_STATE;
use super::task_data::TaskData;
use super::weights::{finished_weights, training_spec};
use crate::system::files::write_atomic;

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
struct Fitness<'a, T: TaskData> {
    source: WeightSource,
    task: T::Task,
    set: EvaluationSet<'a, T>,
}

impl<T: TaskData> Fitness<'_, T> {
    fn losses(&mut self, arch: &Arch) -> Result<Losses> {
        self.set.losses(&self.task, &self.source.materialise(arch))
    }
}

/// Measures a subnet's latency on a device, by the vocabulary's rows.
pub type MeasureLatency = fn(&Protocol, &SearchSpace, &Arch, i64, Device) -> LatencyRow;

/// Runs the job from where it stands, on the data of the supernet's task.
pub fn search<T: TaskData>(
    context: &JobContext,
    job: &JobSpec,
    spec: &SearchSpec,
    track: &T,
    measure_latency: MeasureLatency,
) -> Result<Outcome> {
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
        let now = || measure_latency(protocol, &space, arch, track.vocab(), device(&job.context)).total_ms();
        (!context.told_to_stop()).then(now)
    };
    let latency_ms = |arch: &Arch| match &spec.measured {
        None => predicted_ms(arch),
        Some(protocol) => measured.of(arch, || measure(protocol, arch)),
    };
    let setting = Setting { space: &space, limit: spec.limit, latency_ms: &latency_ms, predicted_ms: &predicted_ms };
    let task = track.task(&spec.task, &source);
    let set = EvaluationSet::new(|parts| track.ranking_batches(&spec.task, parts));
    let mut fitness: Fitness<T> = Fitness { source, task, set };
    let searched = match spec.strategy {
        Strategy::Evolution(sizes) => evolved(context, spec, sizes, &setting, &mut fitness),
        Strategy::Exhaustive => exhausted(context, &setting, &mut fitness),
        Strategy::Lookup(_) => bail!("only nets of blocks are looked up"),
    };
    // A search that is told to stop while it measures finds no subnet that meets the limit.
    let Searched { found, scored, state, seconds } = match searched {
        Ok(Some(searched)) => searched,
        Ok(None) => return Ok(Outcome::Interrupted),
        Err(_) if context.told_to_stop() => return Ok(Outcome::Interrupted),
        Err(error) => return Err(error),
    };
    found.write(&context.job_dir)?;
    // All of validation scores what was found, whatever the part of it that ranked.
    let mut whole: EvaluationSet<T> =
        EvaluationSet::new(|parts| track.validation_batches(&spec.task, Split::Valid, parts));
    let loss = whole.losses(&fitness.task, &fitness.source.materialise(&found.arch))?.nll;
    let mut records = records(context, job, spec, seconds, &found, loss);
    // Random search is a control: what it took is no cost of the search.
    let flops = fitness.set.flops(&fitness.task, scored.iter());
    records.push(row(context, job, spec, Metric::SearchFlops, flops));
    records.extend(state.iter().flat_map(|state| learning_curve(context, job, spec, state)));
    Ok(Outcome::Finished { records, outputs: vec![FOUND.to_string()] })
}

/// What a search found, and how it got there.
struct Searched {
    found: SearchResult,
    /// Every subnet that was scored on the way.
    scored: Vec<Arch>,
    /// The state of an evolution at its end.
    state: Option<SearchState>,
    seconds: f64,
}

fn exhausted<T: TaskData>(
    context: &JobContext,
    setting: &Setting,
    inherited: &mut Fitness<T>,
) -> Result<Option<Searched>> {
    let exhausted = exhaust(context, setting, |arch| Ok(inherited.losses(arch)?.objective))?;
    Ok(exhausted.map(|Exhausted { found, scored, seconds }| Searched { found, scored, state: None, seconds }))
}

fn evolved<T: TaskData>(
    context: &JobContext,
    spec: &SearchSpec,
    sizes: EvolutionConfig,
    setting: &Setting,
    fitness: &mut Fitness<T>,
) -> Result<Option<Searched>> {
    let mut clock = Instant::now();
    let mut state = start(context, spec, sizes, setting)?;
    if !evolve(context, sizes, setting, fitness, &mut state, &mut clock)? {
        return Ok(None);
    }
    let found = result(setting, &state)?;
    let scored = state.evolution.scored().cloned().collect();
    Ok(Some(Searched { found, scored, seconds: state.seconds, state: Some(state) }))
}

fn start(context: &JobContext, spec: &SearchSpec, sizes: EvolutionConfig, setting: &Setting) -> Result<SearchState> {
    let path = context.job_dir.join(SEARCH_STATE);
    if !path.exists() {
        let evolution = Evolution::start(setting, sizes, spec.seed)?;
        return Ok(SearchState { evolution, random: vec![], seconds: 0.0, random_seconds: 0.0 });
    }
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is damaged; delete the job's folder to search afresh", path.display()))
}

/// Runs evolution, then scores as many random subnets; returns false when told to stop before the end.
fn evolve<T: TaskData>(
    context: &JobContext,
    e: EvolutionConfig,
    setting: &Setting,
    inherited: &mut Fitness<T>,
    state: &mut SearchState,
    clock: &mut Instant,
) -> Result<bool> {
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
        random: Some(RandomSearch { fitness: random_fitness, evaluations: state.random.len() }),
    })
}

/// Makes the rows of what a search found.
pub fn records(
    context: &JobContext,
    job: &JobSpec,
    spec: &SearchSpec,
    seconds: f64,
    found: &SearchResult,
    loss: f64,
) -> Vec<Record> {
    let base = |metric: Metric, value: f64| row(context, job, spec, metric, value);
    let mut records = vec![
        base(Metric::SearchEvaluations, found.evaluations as f64),
        base(Metric::SearchCost, found.cost),
        base(Metric::SearchLimit, found.reach.limit),
        base(Metric::SearchLeast, found.reach.least),
        base(Metric::SearchMost, found.reach.most),
        base(Metric::SearchLoss, loss),
        base(Metric::SearchSeconds, seconds),
    ];
    records.extend(found.random.map(|random| base(Metric::RandomEvaluations, random.evaluations as f64)));
    records
}

/// Makes a row of a search.
pub fn row(context: &JobContext, job: &JobSpec, spec: &SearchSpec, metric: Metric, value: f64) -> Record {
    Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        subject: Subject::Limit(spec.limit),
        split: Some(Split::Valid),
        ..context.row(job, metric, value)
    }
}

/// Makes the rows of an evolution's course, with random search beside it.
fn learning_curve(context: &JobContext, job: &JobSpec, spec: &SearchSpec, state: &SearchState) -> Vec<Record> {
    let base = |metric: Metric, value: f64| row(context, job, spec, metric, value);
    let mut records = vec![base(Metric::RandomSeconds, state.random_seconds)];
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
