//! Plans the jobs of `reproduce`, of a trial, and of a single search.

use std::collections::HashMap;

use mos_spaces::search::limit::Limit;
use mos_spaces::{SpaceName, method};

use super::guest_nets::GuestSearch;
use super::specs::{data_facts, from_scratch, latency_of, repeat, score, search, supernet};
use crate::error::Result;
use crate::experiment::Experiment;
use crate::graph::{Basis, JobGraph};
use crate::profile::profile::Device;
use crate::profile::study::STUDY_SEED;
use crate::spec::inputs::Role;
use crate::spec::latency::{LatencySubjects, PredictorSpec};
use crate::spec::work::Work;
use crate::subject::NamedArch;

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

/// Plans the jobs of an experiment. Jobs on what the searches find are planned when the searches have ended
/// ([`Planner::add_found`]).
pub struct Planner<'a> {
    /// What is compared.
    pub experiment: &'a Experiment,
    /// What all jobs rest on.
    pub basis: &'a Basis,
    /// All jobs planned so far.
    pub graph: JobGraph,
    /// The searches.
    pub searches: Vec<PlannedSearch>,
    /// The training of the network that guests learn from, where there are guests.
    pub taught_by: Option<usize>,
    /// The fine-tunings of that network, by task, where it teaches tasks.
    pub(super) task_teachers: HashMap<String, usize>,
    /// The searches of guests.
    pub guest_searches: Vec<GuestSearch>,
    /// Positions of the supernets' trainings, by method and seed.
    pub supernets: HashMap<(String, u64), usize>,
    /// Positions of the trainings from scratch, by subnet and seed.
    pub scratch_trainings: HashMap<(String, u64), usize>,
    /// Positions of the continued trainings, by method and subnet.
    pub continued: HashMap<(String, String), usize>,
    /// Positions of the scores from scratch, by subnet and seed.
    pub scratch_scores: HashMap<(String, u64), usize>,
    /// Whether latency is measured here, and not taken from the user's table.
    pub measures: bool,
}

impl<'a> Planner<'a> {
    /// Plans the facts of the data; for each seed the training and the scores of every supernet method and of every
    /// subnet from scratch; and latency, its predictor, and the searches. `table` is the SHA-256 of a latency table
    /// that the user gave in place of measuring.
    ///
    /// # Errors
    /// Fails if the profile lacks a rate; a limit cannot be met.
    pub fn new(experiment: &'a Experiment, basis: &'a Basis, table: Option<String>) -> Result<Planner<'a>> {
        let mut planner = Planner { measures: table.is_none(), ..Planner::empty(experiment, basis) };
        let profile = &experiment.profile;
        planner.graph.add(basis, data_facts(experiment), &[]);
        if profile.workers.device == Device::Cuda {
            planner.graph.add(basis, repeat(experiment)?, &[]);
        }
        for seed in experiment.seeds() {
            for method in &profile.methods {
                let trained = planner.supernet(method, seed)?;
                let score = score(experiment, method, seed, experiment.subnets.clone())?;
                planner.graph.add(basis, score, &[(Role::Training, trained)]);
            }
            for subnet in &experiment.subnets {
                planner.scratch(subnet, seed)?;
            }
        }
        planner.add_searches(table)?;
        planner.add_guests()?;
        planner.add_fine_tuning()?;
        Ok(planner)
    }

    /// Makes a planner without any job.
    pub fn empty(experiment: &'a Experiment, basis: &'a Basis) -> Planner<'a> {
        Planner {
            experiment,
            basis,
            graph: JobGraph::default(),
            searches: vec![],
            taught_by: None,
            task_teachers: HashMap::new(),
            guest_searches: vec![],
            supernets: HashMap::new(),
            scratch_trainings: HashMap::new(),
            continued: HashMap::new(),
            scratch_scores: HashMap::new(),
            measures: true,
        }
    }

    /// Plans the jobs of a trial, which leaves out facts of the data and scores nothing.
    ///
    /// # Errors
    /// Fails if the profile lacks a rate.
    pub fn trial(experiment: &'a Experiment, basis: &'a Basis) -> Result<Planner<'a>> {
        let mut planner = Planner::empty(experiment, basis);
        for method in &experiment.profile.methods {
            planner.supernet(method, 1)?;
        }
        let largest = &experiment.drawn[0];
        let train = from_scratch(experiment, largest, 1, experiment.scratch_rate(&largest.arch))?;
        planner.graph.add(basis, Work::Train(train), &[]);
        Ok(planner)
    }

    /// Plans the training of a method's supernet, and returns its position.
    ///
    /// # Errors
    /// Fails if the profile lacks the method's rate.
    pub fn supernet(&mut self, method: &str, seed: u64) -> Result<usize> {
        let rate = self.experiment.profile.rates.supernet(method)?;
        let train = supernet(self.experiment, method, seed, rate)?;
        let job = self.graph.add(self.basis, Work::Train(train), &[]);
        self.supernets.insert((method.to_string(), seed), job);
        Ok(job)
    }

    /// Returns the position of the training of a planned supernet.
    ///
    /// # Panics
    /// Panics if it was not planned, which is a bug of the planner.
    pub fn trained(&self, method: &str, seed: u64) -> usize {
        self.supernets[&(method.to_string(), seed)]
    }

    /// Plans to train a subnet from scratch, and to score it.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn scratch(&mut self, subnet: &NamedArch, seed: u64) -> Result<()> {
        let train = from_scratch(self.experiment, subnet, seed, self.experiment.scratch_rate(&subnet.arch))?;
        let trained = self.graph.add(self.basis, Work::Train(train), &[]);
        self.scratch_trainings.insert((subnet.name().to_string(), seed), trained);
        let score = score(self.experiment, &method::reference().name, seed, vec![subnet.clone()])?;
        let scored = self.graph.add(self.basis, score, &[(Role::Training, trained)]);
        self.scratch_scores.insert((subnet.name().to_string(), seed), scored);
        Ok(())
    }

    fn add_searches(&mut self, table: Option<String>) -> Result<()> {
        let experiment = self.experiment;
        let (methods, limits) = (experiment.searched(), &experiment.profile.study.search.limits);
        if methods.is_empty() {
            return Ok(());
        }
        for limit in limits.iter().filter(|limit| !limit.is_latency()) {
            limit.resolve(&experiment.space, &|_| unreachable!("not a latency limit"))?;
        }
        let predictor = if limits.iter().any(Limit::is_latency) { Some(self.predictor(table)?) } else { None };
        for (method, &limit) in methods.iter().flat_map(|m| limits.iter().map(move |l| (m, l))) {
            self.search(method, STUDY_SEED, limit, predictor)?;
        }
        Ok(())
    }

    /// Plans the latency of random subnets (or the user's table) and the predictor fitted to it, whose position it
    /// returns.
    ///
    /// # Errors
    /// Fails if the space is none of this version's.
    pub fn predictor(&mut self, table: Option<String>) -> Result<usize> {
        let latency = &self.experiment.profile.study.latency;
        let subjects = match table {
            Some(sha256) => LatencySubjects::Table { sha256 },
            None => LatencySubjects::Sample { count: latency.sample, seed: latency.seed },
        };
        let measured = self.graph.add(self.basis, latency_of(self.experiment, subjects)?, &[]);
        let predictor = PredictorSpec {
            space: SpaceName::try_from(self.experiment.profile.space.clone())?,
            limits: self.experiment.profile.study.search.limits.iter().copied().filter(Limit::is_latency).collect(),
            kinds: latency.predictors.clone(),
            seed: latency.seed,
        };
        Ok(self.graph.add(self.basis, Work::Predictor(predictor), &[(Role::Latencies, measured)]))
    }

    /// Plans a search in a supernet; a limit of latency needs the predictor's job.
    ///
    /// # Errors
    /// Fails if the profile lacks the method's rate.
    pub fn search(&mut self, method: &str, seed: u64, limit: Limit, predictor: Option<usize>) -> Result<()> {
        let mut inputs = vec![(Role::Supernet, self.supernet(method, seed)?)];
        inputs.extend(predictor.filter(|_| limit.is_latency()).map(|job| (Role::Predictor, job)));
        let job = self.graph.add(self.basis, search(self.experiment, method, seed, limit, self.measures)?, &inputs);
        self.searches.push(PlannedSearch { job, method: method.to_string(), seed, limit });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::{FoundSubnet, name_found};
    use super::super::sweep::{Series, sweep};
    use super::*;
    use crate::experiment::Choices;
    use crate::graph::testing;
    use crate::spec::job::Context;
    use crate::spec::training::{Optimisation, TrainSpec};
    use crate::subject::SubnetKind;
    use mos_spaces::hat::fields::ENCODER_HEADS;

    fn cpu(seeds: u64) -> Experiment {
        Experiment::resolve("cpu", &Choices { seeds: Some(seeds), ..Choices::default() }).unwrap()
    }

    fn graph(experiment: &Experiment, basis: &Basis) -> JobGraph {
        Planner::new(experiment, basis, None).unwrap().graph
    }

    fn retrained(job: &crate::graph::PlannedJob) -> &str {
        match &job.spec.work {
            Work::Retrain(retrain) => retrain.subnet().name(),
            _ => "",
        }
    }

    #[test]
    fn every_method_and_subnet_is_trained_and_scored_for_every_seed() {
        let experiment = cpu(2);
        let basis = testing::basis();
        let planner = Planner::new(&experiment, &basis, None).unwrap();
        let (graph, searches) = (planner.graph, planner.searches);
        let per_seed = experiment.profile.methods.len() + experiment.subnets.len();
        // The three are facts, latency and predictor.
        assert_eq!(graph.jobs.len(), 3 + 2 * 2 * per_seed + searches.len());
        let limits = experiment.profile.study.search.limits.len();
        assert_eq!(searches.len(), limits * experiment.searched().len());
        for (i, job) in graph.jobs.iter().enumerate() {
            assert_eq!(graph.position(&job.id), Some(i));
            assert!(job.needs().all(|n| n < i));
            if let Work::Score(s) = &job.spec.work {
                let training = job.inputs_as(Role::Training).next().expect("a score reads a training");
                let Work::Train(t) = &graph.jobs[training].spec.work else { panic!("a score reads a training") };
                assert_eq!((&t.method, t.seed), (&s.method, s.seed));
                assert_eq!(job.spec.inputs.jobs[&Role::Training], [graph.jobs[training].id.clone()]);
            }
        }
    }

    #[test]
    fn on_a_gpu_one_short_training_is_made_twice() {
        let repeats = |device| {
            let choices = Choices { device: Some(device), ..Choices::default() };
            let experiment = Experiment::resolve("quick", &choices).unwrap();
            let graph = graph(&experiment, &testing::basis());
            graph.jobs.iter().filter(|job| matches!(job.spec.work, Work::Repeat(_))).count()
        };
        assert_eq!((repeats(Device::Cpu), repeats(Device::Cuda)), (0, 1));
    }

    #[test]
    fn all_methods_train_alike_save_rate_and_warm_up() {
        let graph = graph(&cpu(1), &testing::basis());
        let mut trains: Vec<TrainSpec> = Vec::new();
        for job in &graph.jobs {
            if let Work::Train(t) = &job.spec.work {
                let share = if t.method == "scratch" { 0.10 } else { 0.25 };
                assert_eq!(t.optimisation.warmup, (t.optimisation.updates as f64 * share).round() as u64);
                let optimisation = Optimisation { warmup: 0, peak_lr: 0.0, ..t.optimisation.clone() };
                trains.push(TrainSpec {
                    method: String::new(),
                    subnet: None,
                    optimisation,
                    second_try: None,
                    ..t.clone()
                });
            }
        }
        assert!(trains.len() > 6 && trains.iter().all(|t| *t == trains[0]));
    }

    #[test]
    fn more_seeds_keep_the_jobs_of_fewer_and_code_or_threads_change_every_job() {
        let one = graph(&cpu(1), &testing::basis());
        let two = graph(&cpu(2), &testing::basis());
        assert!(one.jobs.iter().all(|job| two.position(&job.id).is_some()));
        let context = Context { threads: 2, ..testing::basis().context };
        let other = Basis { context, ..testing::basis() };
        let moved = graph(&cpu(1), &other);
        assert!(one.jobs.iter().all(|job| moved.position(&job.id).is_none()));
    }

    #[test]
    fn a_sweep_trains_every_series_at_every_rate() {
        let experiment = cpu(1);
        let grids: Vec<_> = Series::all(&experiment).into_iter().map(|s| (s, vec![1e-3, 2e-3, 4e-3])).collect();
        let (graph, positions) = sweep(&experiment, &testing::basis(), &grids).unwrap();
        assert_eq!(graph.jobs.len(), 3 * (experiment.profile.methods.len() + 3));
        let Work::Train(last) = &graph.jobs[positions[positions.len() - 1][2]].spec.work else { panic!() };
        assert_eq!((last.optimisation.peak_lr, last.seed), (4e-3, 0));
        assert_eq!(last.subnet.as_ref().unwrap().id.kind, SubnetKind::Drawn);
    }

    #[test]
    fn a_found_subnet_is_trained_once_whoever_found_it_and_trained_on_by_each() {
        let mut experiment = cpu(1);
        // Fewer than there are subnets, so that the number is what bounds them.
        experiment.profile.study.retraining.points = 5;
        let basis = testing::basis();
        let mut planner = Planner::new(&experiment, &basis, None).unwrap();
        let before = planner.graph.jobs.len();
        // One search finds the largest subnet, which is scored anyway; all others find the same new one.
        let mut other = experiment.space.largest();
        other.values_mut(ENCODER_HEADS)[0] = 2;
        let archs = planner.searches.iter().enumerate();
        let arch = |i| if i == 0 { experiment.space.largest() } else { other.clone() };
        let archs = archs.map(|(i, search)| (search, arch(i))).collect();
        let found: Vec<FoundSubnet> = name_found(&experiment, archs);
        assert_eq!((found[0].subnet.name(), found[1].subnet.name()), ("largest", "found-1"));
        planner.add_found(&found).unwrap();
        let added = &planner.graph.jobs[before..];
        let count = |test: &dyn Fn(&Work) -> bool| added.iter().filter(|job| test(&job.spec.work)).count();
        assert_eq!(count(&|w| matches!(w, Work::Train(_))), 1);
        assert_eq!(count(&|w| matches!(w, Work::Latency(_))), 1);
        assert_eq!(count(&|w| matches!(w, Work::Score(s) if s.method != "scratch")), experiment.searched().len());
        // Each supernet trains the same subnets on: the two that were found, and random ones up to the profile's number.
        let points = experiment.profile.study.retraining.points;
        assert!(points > 2);
        for method in experiment.searched() {
            let own = |w: &Work| matches!(w, Work::Retrain(r) if r.train.method == method);
            let names: Vec<&str> = added.iter().filter(|job| own(&job.spec.work)).map(retrained).collect();
            assert_eq!(names.len(), points);
            assert_eq!(names[..3], ["largest", "found-1", "random-1"]);
        }
        for job in added {
            if let Work::Retrain(retrain) = &job.spec.work {
                let one = |role: Role| job.inputs_as(role).next().expect("a supernet and a score");
                let (from, target) = (one(Role::Supernet), one(Role::Target));
                let Work::Train(supernet) = &planner.graph.jobs[from].spec.work else { panic!() };
                let Work::Score(scratch) = &planner.graph.jobs[target].spec.work else { panic!() };
                assert_eq!((supernet.method.as_str(), supernet.subnet.as_ref()), (retrain.train.method.as_str(), None));
                assert_eq!(
                    (scratch.method.as_str(), scratch.subnets.first()),
                    ("scratch", retrain.train.subnet.as_ref())
                );
                assert_eq!(retrain.train.validate_every * 50, supernet.optimisation.updates);
            }
        }
    }
}
