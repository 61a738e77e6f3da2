//! Estimates by formula what a job will cost. The estimates serve `--dry-run`, the order of jobs, the ends of progress
//! bars, and the check of free disk.

use mos_spaces::catalog::layout_of;
use mos_spaces::latency::predictors::PredictorKind;
use mos_spaces::method::{Method, SamplerKind};
use mos_spaces::mixture::supernet_specs;
use mos_spaces::params::numel;
use mos_spaces::{Arch, SearchSpace};
use serde::Serialize;

use super::cost::ExampleCost;
use super::masked_lm::MaskedLmCost;
use super::memory;
use super::memory::BASE as BASE_MEMORY;
use super::translation::TranslationCost;
use crate::experiment::Experiment;
use crate::fine_tuning::TaskFacts;
use crate::graph::{JobGraph, PlannedJob};
use crate::profile::profile::Profile;
use crate::profile::task::TaskProfile;
use crate::spec::fine_tuning::FineTuneSpec;
use crate::spec::job::JobSpec;
use crate::spec::latency::{LatencySpec, LatencySubjects};
use crate::spec::scoring::ScoreSpec;
use crate::spec::search::{SearchSpec, Strategy};
use crate::spec::training::{RetrainSpec, RetrainWeights, TrainSpec};
use crate::spec::work::Work;

/// Utilisation while decoding, whose products have few rows.
const DECODE_UTILISATION: f64 = 0.1;
/// Utilisation while decoding one sentence, where a step of the decoder has the rows of one beam only.
const STEP_UTILISATION: f64 = 0.02;
/// Seconds that it takes to fit the published predictor network to six splits.
const NETWORK_SECONDS: f64 = 120.0;
/// Seconds that it takes to fit a linear model on bags of words.
const LINEAR_SECONDS: f64 = 3.0;
/// Tokens of an example of a task.
const TASK_TOKENS: f64 = 40.0;
/// Seconds until a worker works: it loads libtorch and opens the corpus first.
const START_SECONDS: f64 = 0.5;
/// Rate assumed for a GPU that is not here, in GFLOP/s: that of a dense bf16 product on one H100.
pub const ASSUMED_GPU_GFLOPS: f64 = 400_000.0;

/// The estimated cost of one job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct JobEstimate {
    /// Wall seconds on its threads.
    pub seconds: f64,
    /// Model FLOPs.
    pub flops: f64,
    /// Peak memory, bytes.
    pub memory_bytes: u64,
    /// Disk, bytes.
    pub disk_bytes: u64,
}

/// Estimates the jobs of one experiment.
#[derive(Debug)]
pub struct Estimator<'a> {
    experiment: &'a Experiment,
    gflops: f64,
}

impl<'a> Estimator<'a> {
    /// Makes the estimator of an experiment, whose corpus need not be here, on threads with this matrix-product rate.
    pub fn new(experiment: &'a Experiment, gflops: f64) -> Estimator<'a> {
        Estimator { experiment, gflops }
    }

    /// Estimates every job of a graph.
    pub fn graph(&self, graph: &JobGraph) -> Vec<JobEstimate> {
        graph.jobs.iter().map(|job| self.job(&job.spec)).collect()
    }

    /// Estimates one job. Guests have spaces of their own.
    pub fn job(&self, spec: &JobSpec) -> JobEstimate {
        let own = spec.work.space().and_then(|name| SearchSpace::find(name.as_str()).ok());
        let space = own.as_ref().unwrap_or(&self.experiment.space);
        let profile = &self.experiment.profile;
        let (vocab, cost) = (profile.task.vocab_size(), cost_of(profile, space));
        InSpace { space, vocab, gflops: self.gflops, cost }.job(spec)
    }
}

/// Makes the formulas of a profile's task on networks of a space.
fn cost_of<'a>(profile: &'a Profile, space: &'a SearchSpace) -> Box<dyn ExampleCost + 'a> {
    match &profile.task {
        TaskProfile::Translation(task) => Box::new(TranslationCost::new(space, task, &profile.dataset)),
        TaskProfile::MaskedLm(task) => Box::new(MaskedLmCost::new(space, task, &profile.dataset)),
    }
}

/// Estimates jobs on networks of one space.
#[derive(Debug)]
struct InSpace<'a> {
    space: &'a SearchSpace,
    /// Rows of the vocabulary.
    vocab: usize,
    /// Matrix-product rate of a job's threads, GFLOP/s.
    gflops: f64,
    /// What examples of the task cost.
    cost: Box<dyn ExampleCost + 'a>,
}

impl InSpace<'_> {
    fn job(&self, spec: &JobSpec) -> JobEstimate {
        match &spec.work {
            Work::DataFacts(_) => JobEstimate {
                seconds: START_SECONDS,
                flops: 0.0,
                memory_bytes: BASE_MEMORY as u64,
                disk_bytes: 100_000,
            },
            Work::Train(train) => self.train(train, &spec.context.device),
            Work::Repeat(train) => {
                let once = self.train(train, &spec.context.device);
                JobEstimate { seconds: 2.0 * once.seconds, flops: 2.0 * once.flops, ..once }
            }
            Work::Score(score) => self.score(score),
            Work::Latency(latency) => self.latency(latency),
            Work::Predictor(predictor) => {
                let network = predictor.kinds.contains(&PredictorKind::Network);
                let seconds = if network { NETWORK_SECONDS } else { START_SECONDS };
                JobEstimate { seconds, flops: 0.0, memory_bytes: BASE_MEMORY as u64, disk_bytes: 2_000_000 }
            }
            Work::Search(search) => self.search(search),
            Work::Retrain(retrain) => self.retrain(retrain, &spec.context.device),
            Work::FineTune(fine_tune) => self.fine_tune(fine_tune),
            Work::BagOfWords(bag) => JobEstimate {
                seconds: START_SECONDS + LINEAR_SECONDS * (bag.rates.len() * bag.epochs.len()) as f64,
                flops: 0.0,
                memory_bytes: BASE_MEMORY as u64,
                disk_bytes: 100_000,
            },
        }
    }

    fn retrain(&self, r: &RetrainSpec, device: &str) -> JobEstimate {
        let arch = &r.subnet().arch;
        let params = match (r.weights, Method::find(&r.train.method)) {
            (RetrainWeights::Routed, Ok(method)) => self.supernet_params(method, &r.train),
            _ => self.embedded_params(arch),
        };
        let train = self.training(&r.train, params, device);
        // An evaluation at every fiftieth of the from-scratch updates, which decodes where BLEU is the goal.
        let evaluations = (r.train.optimisation.updates / r.train.validate_every.max(1)) as f64;
        let once = self.cost.forward(arch);
        let forward = self.cost.held_out() * once;
        let decoded = r.scoring.as_ref().map_or(0.0, |scoring| self.cost.decoded(scoring) * once);
        let utilisation = utilisation(self.cost.width(arch));
        let seconds = forward / self.rate(utilisation) + decoded / self.rate(DECODE_UTILISATION);
        JobEstimate {
            seconds: train.seconds + evaluations * seconds,
            flops: train.flops + evaluations * (forward + decoded),
            ..train
        }
    }

    fn fine_tune(&self, f: &FineTuneSpec) -> JobEstimate {
        let examples = TaskFacts::find(&f.task.task).map_or(0.0, |task| task.examples as f64);
        let most = |batch: usize| f.most_updates.map_or(f64::INFINITY, |most| (most * batch as u64) as f64);
        let passed = f.grid.iter().map(|setting| (setting.epochs as f64 * examples).min(most(setting.batch)));
        let of_token = self.cost.forward(&f.subnet.arch) / self.cost.tokens();
        let flops = 3.0 * passed.sum::<f64>() * TASK_TOKENS * of_token;
        let params = self.embedded_params(&f.subnet.arch);
        JobEstimate {
            seconds: START_SECONDS + flops / self.rate(utilisation(self.cost.width(&f.subnet.arch))),
            flops,
            memory_bytes: (BASE_MEMORY + 20.0 * params) as u64,
            disk_bytes: (24.0 * params) as u64 + 200_000,
        }
    }

    fn latency(&self, l: &LatencySpec) -> JobEstimate {
        let subnets = match &l.subjects {
            LatencySubjects::Sample { count, .. } => *count,
            LatencySubjects::Subnets(subnets) => subnets.len(),
            LatencySubjects::Table { .. } => 0,
        };
        let p = &l.protocol;
        let run = |arch: &Arch| self.cost.latency_run(arch, p);
        let mean = 0.5 * (run(&self.space.largest()) + run(&self.space.smallest()));
        let flops = (subnets * (p.dry_runs + p.repeats)) as f64 * mean;
        JobEstimate {
            seconds: START_SECONDS + flops / self.rate(STEP_UTILISATION),
            flops,
            memory_bytes: (BASE_MEMORY + 8.0 * self.embedded_params(&self.space.largest())) as u64,
            disk_bytes: 1000 * subnets as u64 + 100_000,
        }
    }

    fn search(&self, s: &SearchSpec) -> JobEstimate {
        let scored = match s.strategy {
            Strategy::Evolution(e) => {
                2 * (e.population + e.iterations.saturating_sub(1) * (e.mutations + e.crossovers))
            }
            Strategy::Exhaustive => self.space.size() as usize,
            Strategy::Lookup(lookup) => lookup.top,
        };
        let largest = self.space.largest();
        let mean = 0.5 * (self.cost.forward(&largest) + self.cost.forward(&self.space.smallest()));
        let examples = match s.task.sample() {
            None => self.cost.ranked(),
            Some(0) => self.cost.held_out(),
            Some(sample) => sample as f64,
        };
        let flops = scored as f64 * examples * mean;
        let width = self.cost.width(&largest);
        let measuring = s.measured.as_ref().map_or(0.0, |protocol| {
            // Random search is half of what is scored, and is not measured; of three draws about one meets the limit.
            let measured = (scored / 2 * 3 * (protocol.dry_runs + protocol.repeats)) as f64;
            measured * self.cost.latency_run(&largest, protocol) / self.rate(STEP_UTILISATION)
        });
        JobEstimate {
            seconds: START_SECONDS + measuring + flops / self.rate(utilisation(width)),
            flops,
            memory_bytes: (BASE_MEMORY + 12.0 * self.embedded_params(&self.space.largest()) + 200e6) as u64,
            disk_bytes: 1_000_000,
        }
    }

    /// Counts the parameters of a subnet with its embeddings.
    fn embedded_params(&self, arch: &Arch) -> f64 {
        numel(&layout_of(self.space, self.vocab as i64).specs(arch)) as f64
    }

    fn train(&self, t: &TrainSpec, device: &str) -> JobEstimate {
        let params = match (&t.subnet, Method::find(&t.method)) {
            (None, Ok(method)) => self.supernet_params(method, t),
            (Some(subnet), _) => self.embedded_params(&subnet.arch),
            (None, Err(_)) => self.embedded_params(&self.space.largest()),
        };
        self.training(t, params, device)
    }

    /// Estimates a training of `params` master weights.
    fn training(&self, t: &TrainSpec, params: f64, device: &str) -> JobEstimate {
        let widest = t.subnet.as_ref().map_or_else(|| self.space.largest(), |s| s.arch.clone());
        let examples = self.cost.examples(t.batch_tokens) * t.micro_batches as f64;
        let pass = |arch: &Arch| 3.0 * examples * self.cost.forward(arch);
        let (largest, smallest) = (pass(&self.space.largest()), pass(&self.space.smallest()));
        // A uniform draw costs about the mean of the two ends.
        let update = match (&t.subnet, Method::find(&t.method).map(|m| m.sampler)) {
            (None, Ok(SamplerKind::Sandwich)) => 1.5 * (largest + smallest),
            (None, Ok(SamplerKind::SandwichOfTwo)) => 2.0 * (largest + smallest),
            (None, Ok(SamplerKind::Uniform | SamplerKind::ShrinkingPools)) => 0.5 * (largest + smallest),
            _ => pass(&widest),
        };
        let flops = update * t.optimisation.updates as f64;
        let training = memory::Training { spec: t, widest: &widest, params, on_gpu: device == "cuda" };
        JobEstimate {
            seconds: START_SECONDS + flops / self.rate(utilisation(self.cost.width(&widest))),
            flops,
            memory_bytes: training.bytes(self.space, self.vocab as i64, &*self.cost) as u64,
            // The checkpoint (weights, two moments) and the one it replaces.
            disk_bytes: (24.0 * params) as u64 + 200_000,
        }
    }

    fn score(&self, s: &ScoreSpec) -> JobEstimate {
        let decoded = self.cost.decoded(&s.scoring);
        let losses = 2.0 * self.cost.held_out();
        let forward: f64 = s.subnets.iter().map(|n| self.cost.forward(&n.arch)).sum();
        let flops = (decoded + losses) * forward;
        let width = self.cost.width(&self.space.largest());
        let seconds =
            losses * forward / self.rate(utilisation(width)) + decoded * forward / self.rate(DECODE_UTILISATION);
        let params = self.embedded_params(&self.space.largest());
        JobEstimate {
            seconds: START_SECONDS + seconds,
            flops,
            memory_bytes: (BASE_MEMORY + 12.0 * params + 200e6) as u64,
            disk_bytes: 200_000 * s.subnets.len() as u64,
        }
    }

    fn rate(&self, utilisation: f64) -> f64 {
        self.gflops * 1e9 * utilisation
    }

    /// Counts the master weights of a supernet with experts, routers and embeddings.
    fn supernet_params(&self, method: &Method, t: &TrainSpec) -> f64 {
        numel(&supernet_specs(&*layout_of(self.space, self.vocab as i64), method.weights, &t.settings)) as f64
    }
}

/// Returns the utilisation of a training update that eager libtorch reaches, by model width (see
/// `docs/methodology.md`).
fn utilisation(width: i64) -> f64 {
    match width {
        ..=95 => 0.40,
        96..=255 => 0.55,
        _ => 0.70,
    }
}

/// Estimates the disk of a corpus of `pairs` pairs that is yet to be fetched: compressed Parquet, token shards, and
/// their copy while they are written. The default corpora take a few hundred MB and are not counted.
pub fn corpus_disk(pairs: usize) -> u64 {
    const BYTES_A_PAIR: u64 = 600;
    pairs as u64 * BYTES_A_PAIR
}

/// Estimates the disk that the unfinished jobs will take, with room to spare for records and report.
pub fn disk_needed(jobs: &[PlannedJob], estimates: &[JobEstimate], done: &[bool]) -> u64 {
    let open = (0..jobs.len()).filter(|&i| !done[i]);
    open.map(|i| estimates[i].disk_bytes).sum::<u64>() + 20_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Choices;
    use crate::graph::testing;
    use crate::planner::planner::Planner;

    fn estimates(profile: &str, gflops: f64) -> (JobGraph, Vec<JobEstimate>) {
        let experiment = Experiment::resolve(profile, &Choices::default()).unwrap();
        let graph = Planner::new(&experiment, &testing::basis(), None).unwrap().graph;
        let all = Estimator::new(&experiment, gflops).graph(&graph);
        (graph, all)
    }

    #[test]
    fn a_sandwich_costs_three_passes_and_twice_the_rate_half_the_time() {
        let (graph, slow) = estimates("cpu", 50.0);
        let (_, fast) = estimates("cpu", 100.0);
        let find = |label: &str| graph.jobs.iter().position(|j| j.label == label).unwrap();
        let (hat, sandwich) = (find("train hat seed 1"), find("train sandwich seed 1"));
        assert!((slow[sandwich].flops / slow[hat].flops - 3.0).abs() < 1e-9);
        let work = |e: &JobEstimate| e.seconds - START_SECONDS;
        assert!((work(&slow[hat]) / work(&fast[hat]) - 2.0).abs() < 1e-9);
        assert!(slow[find("train mos-layer seed 1")].disk_bytes > slow[sandwich].disk_bytes);
    }

    #[test]
    fn the_papers_size_is_recognised_as_such() {
        let (_, all) = estimates("paper", ASSUMED_GPU_GFLOPS);
        let hours = all.iter().map(|e| e.seconds).sum::<f64>() / 3600.0;
        assert!((24.0..5_000.0).contains(&hours), "{hours} GPU hours");
    }
}
