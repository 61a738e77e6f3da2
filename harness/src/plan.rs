//! Experiment -> job graph.

use std::collections::HashMap;

use anyhow::Result;
use mos_baselines::space::SpaceName;

use crate::experiment::Experiment;
use crate::profile::ScratchInit;
use crate::rates::SizeClass;
use crate::spec::{Context, JobSpec, NamedArch, ScoreSpec, TrainSpec, Work};

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

/// The jobs of `reproduce`: facts of the data; for each seed every supernet method and every subnet from scratch,
/// each trained and then scored.
pub fn reproduce(experiment: &Experiment, context: &Context) -> Result<JobGraph> {
    let mut graph = JobGraph::default();
    let profile = &experiment.profile;
    let facts = Work::DataFacts { test_pairs: profile.decode.pairs, longest_pair: profile.data.longest_pair };
    graph.add(context, facts, &[]);
    for seed in experiment.seeds() {
        for method in &profile.methods {
            let train = supernet(experiment, method, seed, profile.rates.supernet(method)?)?;
            let trained = graph.add(context, Work::Train(train), &[]);
            graph.add(context, score(experiment, method, seed, experiment.subnets.clone()), &[trained]);
        }
        for subnet in &experiment.subnets {
            let train = from_scratch(experiment, subnet, seed, experiment.scratch_rate(&subnet.arch))?;
            let trained = graph.add(context, Work::Train(train), &[]);
            graph.add(context, score(experiment, "scratch", seed, vec![subnet.clone()]), &[trained]);
        }
    }
    Ok(graph)
}

/// One curve of the sweep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// A supernet method.
    Supernet(String),
    /// Training from scratch at a size class.
    Scratch(&'static str),
}

impl Series {
    /// Every series of a profile's sweep.
    pub fn all(experiment: &Experiment) -> Vec<Series> {
        let methods = experiment.profile.methods.iter().cloned().map(Series::Supernet);
        methods.chain(SizeClass::ALL.map(|class| Series::Scratch(class.name()))).collect()
    }

    /// For people.
    pub fn label(&self) -> String {
        match self {
            Series::Supernet(method) => method.clone(),
            Series::Scratch(class) => format!("scratch/{class}"),
        }
    }
}

/// The jobs of `tune`: one training a series and rate, at the first seed; validation losses are all it needs.
/// Returns the position of each series' job at each rate, too.
pub fn sweep(
    experiment: &Experiment,
    context: &Context,
    grids: &[(Series, Vec<f64>)],
) -> Result<(JobGraph, Vec<Vec<usize>>)> {
    let mut graph = JobGraph::default();
    let mut positions = Vec::new();
    for (series, rates) in grids {
        let mut of_series = Vec::new();
        for &rate in rates {
            let train = match series {
                Series::Supernet(method) => supernet(experiment, method, 1, rate)?,
                Series::Scratch(name) => {
                    let class = SizeClass::ALL.into_iter().find(|c| c.name() == *name).expect("made from the list");
                    from_scratch(experiment, experiment.class(class), 1, rate)?
                }
            };
            let job = graph.add(context, Work::Train(train), &[]);
            graph.jobs[job].label = format!("{} rate {rate}", graph.jobs[job].spec.label());
            of_series.push(job);
        }
        positions.push(of_series);
    }
    Ok((graph, positions))
}

fn supernet(experiment: &Experiment, method: &str, seed: u64, peak_lr: f64) -> Result<TrainSpec> {
    let warmup = experiment.profile.supernet_warmup();
    Ok(TrainSpec { method: method.to_string(), warmup, peak_lr, ..base(experiment, seed)? })
}

fn from_scratch(experiment: &Experiment, subnet: &NamedArch, seed: u64, peak_lr: f64) -> Result<TrainSpec> {
    let warmup = experiment.profile.scratch_warmup();
    Ok(TrainSpec { subnet: Some(subnet.clone()), warmup, peak_lr, ..base(experiment, seed)? })
}

/// What all training jobs of an experiment share.
fn base(experiment: &Experiment, seed: u64) -> Result<TrainSpec> {
    let (profile, t) = (&experiment.profile, &experiment.profile.training);
    Ok(TrainSpec {
        method: "scratch".to_string(),
        settings: profile.experts,
        space: SpaceName::try_from(profile.space.clone())?,
        subnet: None,
        seed,
        updates: t.updates,
        warmup: 0,
        peak_lr: 0.0,
        batch_tokens: t.batch_tokens,
        micro_batches: t.micro_batches,
        longest_pair: profile.data.longest_pair,
        dropout: t.dropout,
        attention_dropout: t.attention_dropout,
        label_smoothing: t.label_smoothing,
        clip_norm: t.clip_norm,
        validate_every: t.validate_every,
        keep_best: t.keep_best,
        checkpoint_every: t.checkpoint_every,
        own_size_init: t.scratch_init == ScratchInit::OwnSize,
    })
}

fn score(experiment: &Experiment, method: &str, seed: u64, subnets: Vec<NamedArch>) -> Work {
    let d = &experiment.profile.decode;
    Work::Score(ScoreSpec {
        method: method.to_string(),
        seed,
        subnets,
        decode_splits: d.splits.clone(),
        decode_pairs: d.pairs,
        beam: d.beam,
        length_penalty: d.length_penalty,
        max_len_a: d.max_len_a,
        max_len_b: d.max_len_b,
        longest_pair: experiment.profile.data.longest_pair,
    })
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

    fn quick(seeds: u64) -> Experiment {
        Experiment::resolve("quick", &Choices { seeds: Some(seeds), ..Choices::default() }).unwrap()
    }

    #[test]
    fn every_method_and_subnet_is_trained_and_scored_for_every_seed() {
        let experiment = quick(2);
        let graph = reproduce(&experiment, &test_context()).unwrap();
        let per_seed = experiment.profile.methods.len() + experiment.subnets.len();
        assert_eq!(graph.jobs.len(), 1 + 2 * 2 * per_seed);
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
        let graph = reproduce(&quick(1), &test_context()).unwrap();
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
        let one = reproduce(&quick(1), &test_context()).unwrap();
        let two = reproduce(&quick(2), &test_context()).unwrap();
        assert!(one.jobs.iter().all(|job| two.position(&job.id).is_some()));
        let other = Context { threads: 2, ..test_context() };
        let moved = reproduce(&quick(1), &other).unwrap();
        assert!(one.jobs.iter().all(|job| moved.position(&job.id).is_none()));
    }

    #[test]
    fn a_sweep_trains_every_series_at_every_rate() {
        let experiment = quick(1);
        let grids: Vec<_> = Series::all(&experiment).into_iter().map(|s| (s, vec![1e-3, 2e-3, 4e-3])).collect();
        let (graph, positions) = sweep(&experiment, &test_context(), &grids).unwrap();
        assert_eq!(graph.jobs.len(), 3 * (experiment.profile.methods.len() + 3));
        let Work::Train(last) = &graph.jobs[positions[positions.len() - 1][2]].spec.work else { panic!() };
        assert_eq!((last.peak_lr, last.subnet.as_ref().unwrap().name.as_str()), (4e-3, "smallest"));
    }
}
