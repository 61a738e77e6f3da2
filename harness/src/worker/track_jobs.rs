//! Defines [`TrackJobs`]: what the jobs ask of their track.

use anyhow::Result;
use mos_base::Split;
use mos_baselines::supernet::weights::{SubnetWeights, WeightSource};
use mos_baselines::training::task::Task as _;
use mos_plan::Metric;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::scoring::ScoringSpec;
use mos_plan::spec::training::RetrainSpec;
use mos_plan::spec::work::DataFactsSpec;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::latency::table::LatencyRow;
use mos_spaces::{Arch, SearchSpace};
use tch::Device;

use super::context::JobContext;
use super::task_data::{BatchOf, TaskData};

/// A measured number that belongs to a split.
pub type SplitValue = (Split, Metric, f64);

/// What a track finds of splits: facts of a corpus, or scores of a subnet beside its losses.
#[derive(Debug, Default)]
pub struct SplitResults {
    /// The numbers.
    pub values: Vec<SplitValue>,
    /// Texts that the job keeps, by split.
    pub texts: Vec<(Split, String)>,
}

/// Data, task and scores of a track: what jobs that train or score ask of it.
pub trait TrackJobs: TaskData {
    /// Opens the job's corpora, and checks that they are those that the job was planned on.
    fn open(context: &JobContext, job: &JobSpec) -> Result<Self>;

    /// Makes the task as subnets are scored by it.
    fn scored_task(&self, spec: &ScoringSpec, weights: &WeightSource) -> Self::Task;

    /// Makes batches that hold each example of a split once, as a scoring job scores on them; `parts` says how many times
    /// smaller than usual they are.
    fn scored_batches(&self, spec: &ScoringSpec, split: Split, parts: usize) -> Vec<BatchOf<Self>>;

    /// Scores a subnet on the batches of a split: by its loss, and by what the same pass tells beside it.
    fn pass_scores(&self, task: &Self::Task, weights: &SubnetWeights, batches: &[BatchOf<Self>]) -> Vec<(Metric, f64)> {
        vec![(Metric::Loss, task.losses(weights, batches).nll)]
    }

    /// Scores a subnet by more than a pass over its batches; returns none when told to stop before the end.
    fn further_scores(
        &self,
        _context: &JobContext,
        _task: &Self::Task,
        _weights: &SubnetWeights,
        _spec: &ScoringSpec,
    ) -> Result<Option<SplitResults>> {
        Ok(Some(SplitResults::default()))
    }

    /// Returns the value, on a split, of what continued training has to bring to its goal, where that is not the loss.
    fn goal_value(
        &self,
        task: &Self::Task,
        weights: &SubnetWeights,
        spec: &RetrainSpec,
        split: Split,
    ) -> Result<Option<f64>>;

    /// Works out facts of the corpus, against which scores are read, with the references of what is translated.
    fn data_facts(&self, spec: &DataFactsSpec) -> Result<SplitResults>;

    /// Measures a subnet's latency. Its weights are random, which costs the same time.
    fn measure_latency(protocol: &Protocol, space: &SearchSpace, arch: &Arch, vocab: i64, device: Device)
    -> LatencyRow;
}
