//! The search job: evolution in one supernet under one limit, and random search beside it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use mos_baselines::model::{DeviceBatch, Positions};
use mos_baselines::search::evolution::Setting;
use mos_baselines::search::{Evolution, LimitError, Reach};
use mos_baselines::space::Arch;
use mos_baselines::weights::WeightSource;
use mos_datasets::Split;
use mos_reports::schema::Record;
use serde::{Deserialize, Serialize};

use super::common::{Losses, Ticker, device, evaluation_batches, losses_per_token, open_corpus, row, told_to_stop};
use super::scoring::{finished_weights, training_spec};
use super::{Outcome, WorkContext, predictor};
use crate::files::write_atomic;
use crate::spec::{JobSpec, SearchSpec};

/// What the search found, in the job's folder.
pub const FOUND: &str = "found.json";
/// Where an unfinished search stands.
pub const STATE: &str = "search.json";

/// Result of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundFile {
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
    /// How many those are: as many as evolution scored, fewer where a long draw finds no more.
    pub random_evaluations: usize,
}

/// Reads what a finished search found.
pub fn found(job_dir: &Path) -> Result<FoundFile> {
    let path = job_dir.join(FOUND);
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))
}

/// Written after every generation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    evolution: Evolution,
    /// Fitness of the random subnets scored so far, in their order.
    random: Vec<f64>,
    /// Time of evolution.
    seconds: f64,
    /// Time of random search.
    random_seconds: f64,
}

/// Random subnets between two writes of the state.
const WRITE_EVERY: usize = 25;

impl State {
    fn save(&mut self, job_dir: &Path, clock: &mut Instant, evolves: bool) -> Result<()> {
        *if evolves { &mut self.seconds } else { &mut self.random_seconds } += clock.elapsed().as_secs_f64();
        *clock = Instant::now();
        write_atomic(&job_dir.join(STATE), &serde_json::to_vec(self)?)
    }
}

/// Why a generation was not scored.
#[derive(Debug)]
enum Stop {
    Asked,
    Limit(LimitError),
}

impl From<LimitError> for Stop {
    fn from(error: LimitError) -> Stop {
        Stop::Limit(error)
    }
}

/// Scores subnets with inherited weights.
struct Scorer {
    source: WeightSource,
    positions: Positions,
    batches: Vec<DeviceBatch>,
    label_smoothing: f64,
}

impl Scorer {
    fn losses(&self, arch: &Arch) -> Losses {
        let weights = tch::no_grad(|| self.source.materialise(arch, false));
        losses_per_token(&self.source.space, &weights, &self.positions, &self.batches, self.label_smoothing)
    }
}

/// Runs the job from where it stands.
pub fn search(context: &WorkContext, job: &JobSpec, spec: &SearchSpec) -> Result<Outcome> {
    let corpus = open_corpus(&context.corpus_dir, &job.context)?;
    let device = device(&job.context);
    let supernet = context.needs.first().context("a search reads one training job")?;
    let source = finished_weights(supernet, &training_spec(supernet)?, corpus.embedding_rows() as i64, device)?;
    let latency = context.needs.get(1).map(|dir| predictor::read(dir)).transpose()?;
    let space = source.space.clone();
    let latency_ms = |arch: &Arch| {
        let predictor = latency.as_ref().expect("planned: a latency limit needs a predictor");
        predictor.predict_ms(&space.raw_features(arch))
    };
    let setting = Setting { space: &space, limit: spec.limit, latency_ms: &latency_ms };
    let positions = Positions::new(&space, source.compute_kind(), device);
    let batches = evaluation_batches(corpus.split(Split::Valid), spec.longest_pair, device);
    let scorer = Scorer { source, positions, batches, label_smoothing: spec.label_smoothing };
    let mut clock = Instant::now();
    let mut state = start(context, spec, &setting)?;
    if !evolve(context, spec, &setting, &scorer, &mut state, &mut clock)? {
        return Ok(Outcome::Interrupted);
    }
    let found = result(&setting, &state)?;
    write_atomic(&context.job_dir.join(FOUND), &serde_json::to_vec_pretty(&found)?)?;
    let loss = scorer.losses(&found.arch).nll;
    let records = records(context, job, spec, &state, &found, loss);
    Ok(Outcome::Finished { records, outputs: vec![FOUND.to_string()] })
}

fn start(context: &WorkContext, spec: &SearchSpec, setting: &Setting) -> Result<State> {
    let path = context.job_dir.join(STATE);
    if !path.exists() {
        let evolution = Evolution::start(setting, spec.evolution, spec.seed)?;
        return Ok(State { evolution, random: vec![], seconds: 0.0, random_seconds: 0.0 });
    }
    let text = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is damaged; delete the job's folder to search afresh", path.display()))
}

/// Evolution, then as many random subnets; false when told to stop before.
fn evolve(
    context: &WorkContext,
    spec: &SearchSpec,
    setting: &Setting,
    scorer: &Scorer,
    state: &mut State,
    clock: &mut Instant,
) -> Result<bool> {
    let e = &spec.evolution;
    let most = 2 * (e.population + e.iterations.saturating_sub(1) * (e.mutations + e.crossovers)) as u64;
    let mut ticker = Ticker::new();
    let mut scored = (state.evolution.evaluations() + state.random.len()) as u64;
    let mut fitness = |arch: &Arch, note: &str| {
        if told_to_stop(context) {
            return Err(Stop::Asked);
        }
        scored += 1;
        ticker.tick(context, scored.min(most - 1), most, || note.to_string());
        Ok(scorer.losses(arch).smoothed)
    };
    while !state.evolution.is_done() {
        let note = format!("generation {}", state.evolution.history.len() + 1);
        let step = state.evolution.step(setting, |arch| fitness(arch, &note));
        state.save(&context.job_dir, clock, true)?;
        match step {
            Ok(()) => {}
            Err(Stop::Asked) => return Ok(false),
            Err(Stop::Limit(error)) => return Err(error.into()),
        }
    }
    for arch in state.evolution.random_peers(setting).iter().skip(state.random.len()) {
        match fitness(arch, "random search") {
            Ok(score) => state.random.push(score),
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

fn result(setting: &Setting, state: &State) -> Result<FoundFile> {
    let (arch, fitness) = state.evolution.best(setting.space);
    let random_fitness = state.random.iter().copied().min_by(f64::total_cmp).context("random search scored nothing")?;
    Ok(FoundFile {
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
    context: &WorkContext,
    job: &JobSpec,
    spec: &SearchSpec,
    state: &State,
    found: &FoundFile,
    loss: f64,
) -> Vec<Record> {
    let base = |metric: &str, value: f64| Record {
        method: spec.method.clone(),
        seed: spec.seed as i64,
        subnet: spec.limit.label(),
        split: "valid".to_string(),
        ..row(context, job, metric, value)
    };
    let mut records = vec![
        base("search_evaluations", found.evaluations as f64),
        base("random_evaluations", found.random_evaluations as f64),
        base("search_cost", found.cost),
        base("search_limit", found.reach.limit),
        base("search_least", found.reach.least),
        base("search_most", found.reach.most),
        base("search_loss", loss),
        base("search_seconds", state.seconds),
        base("random_seconds", state.random_seconds),
    ];
    for (i, generation) in state.evolution.history.iter().enumerate() {
        let at = |record: Record| Record { step: generation.evaluations as i64, ..record };
        let random = state.random.iter().take(generation.evaluations).copied().fold(f64::INFINITY, f64::min);
        let is_new = i == 0 || state.evolution.history[i - 1].evaluations < generation.evaluations;
        if is_new {
            records.push(at(base("search_fitness", generation.best)));
            records.push(at(base("random_fitness", random)));
        }
    }
    records
}
