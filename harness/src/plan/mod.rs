//! Experiment -> job graph.

mod found;
mod specs;
mod sweep;

use std::collections::HashMap;

use anyhow::Result;
use mos_baselines::search::Limit;
use mos_baselines::space::{SearchSpace, SpaceName};

use crate::experiment::Experiment;
use crate::spec::{Context, JobSpec, LatencySubjects, NamedArch, PredictorSpec, SearchSpec, Work};
use specs::{from_scratch, latency_of, score, supernet};

pub use found::{Found, FoundSubnet, fresh, name_found, stand_ins};
pub use sweep::{Schedules, Series, schedules, sweep};

/// A job with its place in the graph.
#[derive(Clone, Debug)]
pub struct PlannedJob {
    /// Hash of `spec`.
    pub id: String,
    /// For people.
    pub label: String,
    /// What it does.
    pub spec: JobSpec,
    /// Positions of the jobs it waits for, all smaller than its own.
    pub needs: Vec<usize>,
}

/// Jobs in an order in which each comes after those it needs.
#[derive(Clone, Debug, Default)]
pub struct JobGraph {
    /// The jobs.
    pub jobs: Vec<PlannedJob>,
    positions: HashMap<String, usize>,
}

impl JobGraph {
    /// Adds a job and returns its position; the same job twice is one job.
    fn add(&mut self, context: &Context, work: Work, needs: &[usize]) -> usize {
        let need_ids = needs.iter().map(|&n| self.jobs[n].id.clone()).collect();
        let spec = JobSpec { context: context.clone(), work, needs: need_ids };
        let id = spec.id();
        if let Some(&position) = self.positions.get(&id) {
            return position;
        }
        self.positions.insert(id.clone(), self.jobs.len());
        self.jobs.push(PlannedJob { id, label: spec.label(), spec, needs: needs.to_vec() });
        self.jobs.len() - 1
    }

    /// The position of a job.
    #[cfg(test)]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }
}

/// A search of the plan.
#[derive(Clone, Debug)]
pub struct PlannedSearch {
    /// Position of its job.
    pub job: usize,
    /// Method of its supernet.
    pub method: String,
    /// Seed.
    pub seed: u64,
    /// Its constraint.
    pub limit: Limit,
}

/// The jobs of `reproduce`. What the searches find is trained by jobs that are planned when they have ended
/// ([`Planner::add_found`]).
pub struct Planner<'a> {
    experiment: &'a Experiment,
    context: &'a Context,
    /// All jobs planned so far.
    pub graph: JobGraph,
    /// The searches.
    pub searches: Vec<PlannedSearch>,
    supernets: HashMap<(String, u64), usize>,
    scratch_scores: HashMap<(String, u64), usize>,
    measures: bool,
}

impl<'a> Planner<'a> {
    /// Facts of the data; for each seed every supernet method and every subnet from scratch, each trained and then
    /// scored; latency, its predictor, and the searches. `table` is the SHA-256 of a latency table that the user gave
    /// in place of measuring.
    pub fn new(experiment: &'a Experiment, context: &'a Context, table: Option<String>) -> Result<Planner<'a>> {
        let mut planner = Planner { measures: table.is_none(), ..Planner::empty(experiment, context) };
        let profile = &experiment.profile;
        let facts = Work::DataFacts { test_pairs: profile.decode.pairs, longest_pair: profile.data.longest_pair };
        planner.graph.add(context, facts, &[]);
        for seed in experiment.seeds() {
            for method in &profile.methods {
                let trained = planner.supernet(method, seed)?;
                let score = score(experiment, method, seed, experiment.subnets.clone());
                planner.graph.add(context, score, &[trained]);
            }
            for subnet in &experiment.subnets {
                planner.scratch(subnet, seed, &[1.0])?;
            }
        }
        planner.add_searches(table)?;
        Ok(planner)
    }

    /// No job yet.
    pub fn empty(experiment: &'a Experiment, context: &'a Context) -> Planner<'a> {
        Planner {
            experiment,
            context,
            graph: JobGraph::default(),
            searches: vec![],
            supernets: HashMap::new(),
            scratch_scores: HashMap::new(),
            measures: true,
        }
    }

    /// The jobs of a trial: facts of the data are left out, and nothing is scored.
    pub fn trial(experiment: &'a Experiment, context: &'a Context) -> Result<Planner<'a>> {
        let mut planner = Planner::empty(experiment, context);
        for method in &experiment.profile.methods {
            planner.supernet(method, 1)?;
        }
        let largest = &experiment.drawn[0];
        let train = from_scratch(experiment, largest, 1, experiment.scratch_rate(&largest.arch))?;
        planner.graph.add(context, Work::Train(train), &[]);
        Ok(planner)
    }

    /// The training of a supernet.
    pub fn supernet(&mut self, method: &str, seed: u64) -> Result<usize> {
        let rate = self.experiment.profile.rates.supernet(method)?;
        let train = supernet(self.experiment, method, seed, rate)?;
        let job = self.graph.add(self.context, Work::Train(train), &[]);
        self.supernets.insert((method.to_string(), seed), job);
        Ok(job)
    }

    /// A subnet trained from scratch, at these shares of its peak rate, and scored: where there are several trainings, the
    /// best on validation counts.
    fn scratch(&mut self, subnet: &NamedArch, seed: u64, shares: &[f64]) -> Result<()> {
        let mut trained = Vec::new();
        for share in shares {
            let rate = share * self.experiment.scratch_rate(&subnet.arch);
            let train = from_scratch(self.experiment, subnet, seed, rate)?;
            let job = self.graph.add(self.context, Work::Train(train), &[]);
            if shares.len() > 1 {
                self.graph.jobs[job].label = format!("{} rate {rate}", self.graph.jobs[job].spec.label());
            }
            trained.push(job);
        }
        let score = score(self.experiment, "scratch", seed, vec![subnet.clone()]);
        let scored = self.graph.add(self.context, score, &trained);
        self.scratch_scores.insert((subnet.name.clone(), seed), scored);
        Ok(())
    }

    fn add_searches(&mut self, table: Option<String>) -> Result<()> {
        let study = &self.experiment.profile.study;
        let methods: Vec<String> = self.experiment.searched().into_iter().map(str::to_string).collect();
        let limits = &study.search.limits;
        if methods.is_empty() {
            return Ok(());
        }
        let space = SearchSpace::find(&self.experiment.profile.space)?;
        for limit in limits.iter().filter(|limit| !limit.is_latency()) {
            limit.resolve(&space, &|_| unreachable!("not a latency limit"))?;
        }
        let predictor = if limits.iter().any(Limit::is_latency) { Some(self.predictor(table)?) } else { None };
        for seed in self.experiment.seeds() {
            for (method, &limit) in methods.iter().flat_map(|m| limits.iter().map(move |l| (m, l))) {
                self.search(method, seed, limit, predictor)?;
            }
        }
        Ok(())
    }

    /// Latency of random subnets (or the user's table), and the predictor fitted to it.
    pub fn predictor(&mut self, table: Option<String>) -> Result<usize> {
        let latency = &self.experiment.profile.study.latency;
        let subjects = match table {
            Some(sha256) => LatencySubjects::Table { sha256 },
            None => LatencySubjects::Sample { count: latency.sample, seed: latency.seed },
        };
        let measured = self.graph.add(self.context, latency_of(self.experiment, subjects)?, &[]);
        let predictor = PredictorSpec {
            space: SpaceName::try_from(self.experiment.profile.space.clone())?,
            limits: self.experiment.profile.study.search.limits.iter().copied().filter(Limit::is_latency).collect(),
            families: latency.predictors.clone(),
            seed: latency.seed,
        };
        Ok(self.graph.add(self.context, Work::Predictor(predictor), &[measured]))
    }

    /// A search in a supernet; a latency limit needs the predictor's job.
    pub fn search(&mut self, method: &str, seed: u64, limit: Limit, predictor: Option<usize>) -> Result<()> {
        let profile = &self.experiment.profile;
        let spec = SearchSpec {
            method: method.to_string(),
            seed,
            limit,
            evolution: profile.study.search.evolution,
            label_smoothing: profile.training.label_smoothing,
            longest_pair: profile.data.longest_pair,
        };
        let trained = self.supernet(method, seed)?;
        let needs: Vec<usize> = std::iter::once(trained).chain(predictor.filter(|_| limit.is_latency())).collect();
        let job = self.graph.add(self.context, Work::Search(spec), &needs);
        self.searches.push(PlannedSearch { job, method: method.to_string(), seed, limit });
        Ok(())
    }
}

/// A context for tests.
#[cfg(test)]
pub fn test_context() -> Context {
    Context {
        track: "mt".into(),
        dataset: "bible-en-de".into(),
        profile: "quick".into(),
        data_hash: "d".into(),
        code_hash: "c".into(),
        libtorch: "2.13.0".into(),
        device: "cpu".into(),
        cpu_capability: "AVX2".into(),
        threads: 1,
    }
}

/// A graph of tiny jobs with these dependencies, for tests.
#[cfg(test)]
pub fn test_graph(needs: &[&[usize]]) -> JobGraph {
    let mut graph = JobGraph::default();
    for (i, needs) in needs.iter().enumerate() {
        let work = Work::DataFacts { test_pairs: i, longest_pair: 1 };
        graph.add(&test_context(), work, needs);
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Choices;
    use crate::spec::TrainSpec;

    fn quick(seeds: u64) -> Experiment {
        Experiment::resolve("quick", &Choices { seeds: Some(seeds), ..Choices::default() }).unwrap()
    }

    fn graph(experiment: &Experiment, context: &Context) -> JobGraph {
        Planner::new(experiment, context, None).unwrap().graph
    }

    #[test]
    fn every_method_and_subnet_is_trained_and_scored_for_every_seed() {
        let experiment = quick(2);
        let context = test_context();
        let planner = Planner::new(&experiment, &context, None).unwrap();
        let (graph, searches) = (planner.graph, planner.searches);
        let per_seed = experiment.profile.methods.len() + experiment.subnets.len();
        // Facts, latency, predictor.
        assert_eq!(graph.jobs.len(), 3 + 2 * 2 * per_seed + searches.len());
        assert_eq!(searches.len(), 2 * 2 * experiment.searched().len());
        for (i, job) in graph.jobs.iter().enumerate() {
            assert_eq!(graph.position(&job.id), Some(i));
            assert!(job.needs.iter().all(|&n| n < i));
            if let Work::Score(s) = &job.spec.work {
                let Work::Train(t) = &graph.jobs[job.needs[0]].spec.work else { panic!("a score needs a training") };
                assert_eq!((&t.method, t.seed), (&s.method, s.seed));
                assert_eq!(job.spec.needs, [graph.jobs[job.needs[0]].id.clone()]);
            }
        }
    }

    #[test]
    fn all_methods_train_alike_save_rate_and_warm_up() {
        let graph = graph(&quick(1), &test_context());
        let mut trains: Vec<TrainSpec> = Vec::new();
        for job in &graph.jobs {
            if let Work::Train(t) = &job.spec.work {
                let share = if t.method == "scratch" { 0.10 } else { 0.25 };
                assert_eq!(t.warmup, (t.updates as f64 * share).round() as u64);
                trains.push(TrainSpec { method: String::new(), subnet: None, warmup: 0, peak_lr: 0.0, ..t.clone() });
            }
        }
        assert!(trains.len() > 8 && trains.iter().all(|t| *t == trains[0]));
    }

    #[test]
    fn more_seeds_keep_the_jobs_of_fewer_and_code_or_threads_change_every_job() {
        let one = graph(&quick(1), &test_context());
        let two = graph(&quick(2), &test_context());
        assert!(one.jobs.iter().all(|job| two.position(&job.id).is_some()));
        let other = Context { threads: 2, ..test_context() };
        let moved = graph(&quick(1), &other);
        assert!(one.jobs.iter().all(|job| moved.position(&job.id).is_none()));
    }

    #[test]
    fn a_sweep_trains_every_series_at_every_rate() {
        let experiment = quick(1);
        let grids: Vec<_> = Series::all(&experiment).into_iter().map(|s| (s, vec![1e-3, 2e-3, 4e-3])).collect();
        let (graph, positions) = sweep(&experiment, &test_context(), &grids).unwrap();
        assert_eq!(graph.jobs.len(), 3 * (experiment.profile.methods.len() + experiment.drawn.len()));
        let Work::Train(last) = &graph.jobs[positions[positions.len() - 1][2]].spec.work else { panic!() };
        assert_eq!((last.peak_lr, last.subnet.as_ref().unwrap().name.as_str()), (4e-3, "random-4"));
    }

    #[test]
    fn a_found_subnet_is_trained_once_whoever_found_it_and_trained_on_by_each() {
        let experiment = quick(1);
        let context = test_context();
        let mut planner = Planner::new(&experiment, &context, None).unwrap();
        let before = planner.graph.jobs.len();
        // One search finds the largest subnet, which is scored anyway; all others find the same new one.
        let mut other = experiment.space.largest();
        other.encoder_heads[0] = 2;
        let found = planner.searches.iter().enumerate().map(|(i, search)| Found {
            method: search.method.clone(),
            seed: search.seed,
            limit: search.limit,
            arch: if i == 0 { experiment.space.largest() } else { other.clone() },
        });
        let found = name_found(&experiment, found.collect());
        assert_eq!((found[0].subnet.name.as_str(), found[1].subnet.name.as_str()), ("largest", "found-1"));
        planner.add_found(&found).unwrap();
        let added = &planner.graph.jobs[before..];
        let count = |test: &dyn Fn(&Work) -> bool| added.iter().filter(|job| test(&job.spec.work)).count();
        assert_eq!(count(&|w| matches!(w, Work::Train(_))), experiment.profile.study.retraining.scratch_rates.len());
        assert_eq!(count(&|w| matches!(w, Work::Latency(_))), 1);
        assert_eq!(count(&|w| matches!(w, Work::Score(s) if s.method != "scratch")), experiment.searched().len());
        // Each supernet trains `found-1` on; the first search's trains the largest on, too.
        assert_eq!(count(&|w| matches!(w, Work::Retrain(_))), experiment.searched().len() + 1);
        for job in added {
            if let Work::Retrain(retrain) = &job.spec.work {
                let [from, target] = job.needs[..] else { panic!("a supernet and a score") };
                let Work::Train(supernet) = &planner.graph.jobs[from].spec.work else { panic!() };
                let Work::Score(scratch) = &planner.graph.jobs[target].spec.work else { panic!() };
                assert_eq!((supernet.method.as_str(), supernet.subnet.as_ref()), (retrain.train.method.as_str(), None));
                assert_eq!(
                    (scratch.method.as_str(), scratch.subnets.first()),
                    ("scratch", retrain.train.subnet.as_ref())
                );
                assert_eq!(retrain.train.validate_every * 50, supernet.updates);
            }
        }
    }
}
