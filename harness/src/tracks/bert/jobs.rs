//! Answers for masked-LM encoders what the jobs ask of their track.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use mos_base::Split;
use mos_base::seed::Purpose;
use mos_baselines::bert::batch::MaskedSequences;
use mos_baselines::bert::masked_lm::{MaskedLm, SequenceScores};
use mos_baselines::bert::public;
use mos_baselines::bert::rates::Dropout;
use mos_baselines::bert::soft::Teacher;
use mos_baselines::latency::encoder::measure_encoder;
use mos_baselines::supernet::weights::{ScratchInit, SubnetWeights, WeightSource};
use mos_datasets::documents::{DocumentStream, Documents, MaskedBatch, Vocabulary, mask};
use mos_datasets::tasks::Task;
use mos_datasets::tasks::set::TaskSet;
use mos_plan::Metric;
use mos_plan::fine_tuning::TaskFacts;
use mos_plan::spec::inputs::{CorpusRole, Role};
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::scoring::ScoringSpec;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::{RetrainSpec, TrainSpec};
use mos_plan::spec::work::{DataFactsSpec, Work};
use mos_spaces::bert::view::BertArch;
use mos_spaces::catalog::layout_of;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::latency::table::LatencyRow;
use mos_spaces::method::{MethodSettings, WeightKind};
use mos_spaces::{Arch, SearchSpace};
use tch::Device;

use super::batches::{of_sample, of_split, on_device};
use crate::worker::context::{JobContext, device};
use crate::worker::task_data::TaskData;
use crate::worker::track_jobs::{SplitResults, TrackJobs};
use crate::worker::weights::{finished_weights, training_spec};

/// Number of threads that build batches ahead.
const LOADER_THREADS: usize = 1;

/// The track's answers, which need the corpus of documents and the device.
pub struct BertJobs {
    corpus: Arc<Documents>,
    rows: i64,
    device: Device,
    /// The network whose predictions a training learns, too.
    teacher: Option<Arc<WeightSource>>,
    /// The file of the public network that a training starts from.
    public: Option<PathBuf>,
}

impl BertJobs {
    /// Returns the rows of the models' embedding tables.
    pub fn rows(&self) -> i64 {
        self.rows
    }

    /// Returns the corpus.
    pub fn corpus(&self) -> Arc<Documents> {
        self.corpus.clone()
    }

    /// Opens a task that was prepared with the corpus, or with its vocabulary.
    ///
    /// # Errors
    /// Fails if there is no such task.
    pub fn task_named(&self, context: &JobContext, job: &JobSpec, name: &str) -> Result<Task> {
        match TaskFacts::find(name)?.set {
            Some(_) => {
                let folder = context.corpus(CorpusRole::Tasks)?;
                let set = TaskSet::open(folder, false)?;
                let planned = job.inputs.corpora.get(&CorpusRole::Tasks).context("the job names no tasks")?;
                ensure!(set.manifest().hash == planned.hash, changed(folder));
                Ok(set.task(name)?)
            }
            None => Ok(self.corpus.task(name)?),
        }
    }
}

impl TaskData for BertJobs {
    type Task = MaskedLm;
    type MicroBatch = MaskedBatch;

    fn vocab(&self) -> i64 {
        self.rows
    }

    fn task(&self, spec: &TaskSpec, weights: &WeightSource) -> MaskedLm {
        let spec = spec.masked_lm();
        let dropout = Dropout { hidden: spec.dropout, attention: spec.attention_dropout };
        let mut task = MaskedLm::new(weights.layout.clone(), Some(dropout));
        task.teacher = self.teacher.as_ref().zip(spec.teacher_share).map(|(teacher, share)| {
            let weights = teacher.materialise(&teacher.space().largest());
            Teacher { arch: BertArch::of(teacher.space(), &weights.arch), weights: Rc::new(weights), share }
        });
        task
    }

    /// Starts from the public network where the training says so. A subnet takes its corner of it. Experts are copies where
    /// maps stand around every layer, as in MoS's released code; elsewhere the first alone is the public network's.
    fn inherit(&self, weights: &WeightSource) -> Result<()> {
        let Some(path) = &self.public else { return Ok(()) };
        let kind = WeightKind::Shared { merged_init: false };
        let whole = WeightSource::supernet(weights.layout.clone(), kind, &MethodSettings::default(), 1, self.device);
        public::load(&whole, path)?;
        weights.take_corners(&whole);
        if weights.space().bert().bottleneck.is_some() {
            weights.copy_experts();
        }
        Ok(())
    }

    fn micro_batches(&self, spec: &TrainSpec, first: u64) -> Result<Box<dyn Iterator<Item = MaskedBatch>>> {
        let sequences = spec.batch_tokens / spec.task.masked_lm().sequence_length;
        let seed = spec.seed;
        let masks = move |number| Purpose::Masks.generator(&[seed, number]);
        Ok(Box::new(DocumentStream::new(self.corpus.clone(), sequences, seed, first, LOADER_THREADS, masks)?))
    }

    fn on_device(&self, batch: &MaskedBatch, parts: usize) -> Vec<MaskedSequences> {
        on_device(batch, parts, self.device)
    }

    fn rows(batch: &MaskedBatch) -> usize {
        batch.rows
    }

    fn predictions(batch: &MaskedBatch) -> i64 {
        batch.targets.len() as i64
    }

    /// Counts the tokens that are masked in one pass, as a share of those that can be.
    fn epoch_predictions(&self, _: &TaskSpec) -> usize {
        let train = &self.corpus.manifest().train;
        ((train.tokens - 2 * train.sequences) as f64 * mask::SHARE).round() as usize
    }

    fn validation_batches(&self, _: &TaskSpec, split: Split, parts: usize) -> Vec<MaskedSequences> {
        of_split(&self.corpus, split, parts, self.device)
    }

    fn ranking_batches(&self, spec: &TaskSpec, parts: usize) -> Vec<MaskedSequences> {
        of_sample(&self.corpus, Split::Valid, spec.masked_lm().sample_tokens, parts, self.device)
    }

    fn unigram_loss(&self, _: &TaskSpec) -> Option<f64> {
        self.corpus.manifest().valid.unigram_cross_entropy
    }
}

impl TrackJobs for BertJobs {
    fn open(context: &JobContext, job: &JobSpec) -> Result<Self> {
        let folder = context.corpus(CorpusRole::Corpus)?;
        let corpus = Documents::open(folder, false)?;
        let planned = job.inputs.corpora.get(&CorpusRole::Corpus).context("the job names no corpus")?;
        ensure!(corpus.hash() == planned.hash, changed(folder));
        // A small corpus has fewer pieces than were asked for; its table is padded with rows that no id points at.
        let rows = match corpus.manifest().options.vocabulary {
            Vocabulary::Trained { size } => size,
            Vocabulary::BertBaseUncased => corpus.vocab_size(),
        };
        let (rows, device) = (rows as i64, device(&job.context));
        let teacher = if learns_predictions(&job.work) { Some(teacher(context, rows, device)?) } else { None };
        let starts_public = matches!(&job.work, Work::Train(train) | Work::Repeat(train) if train.task.starts_public());
        let public = if starts_public { Some(context.corpus(CorpusRole::Checkpoint)?.to_path_buf()) } else { None };
        Ok(BertJobs { rows, corpus: Arc::new(corpus), device, teacher: teacher.map(Arc::new), public })
    }

    fn scored_task(&self, _: &ScoringSpec, weights: &WeightSource) -> MaskedLm {
        MaskedLm::new(weights.layout.clone(), None)
    }

    fn scored_batches(&self, _: &ScoringSpec, split: Split, parts: usize) -> Vec<MaskedSequences> {
        of_split(&self.corpus, split, parts, self.device)
    }

    fn pass_scores(&self, task: &MaskedLm, weights: &SubnetWeights, batches: &[MaskedSequences]) -> Vec<(Metric, f64)> {
        let scores = task.scores(weights, batches);
        vec![
            (Metric::Loss, scores.loss()),
            (Metric::MaskedAccuracy, 100.0 * scores.accuracy()),
            (Metric::LossError, standard_error(&scores)),
        ]
    }

    fn goal_value(&self, _: &MaskedLm, _: &SubnetWeights, _: &RetrainSpec, _: Split) -> Result<Option<f64>> {
        // The loss is the only goal of this track.
        Ok(None)
    }

    fn data_facts(&self, _: &DataFactsSpec) -> Result<SplitResults> {
        let of_split = |split: Split| {
            let card = self.corpus.manifest().split(split);
            let masked = card.masked_tokens.map(|tokens| (split, Metric::MaskedTokens, tokens as f64));
            let unigram = card.unigram_cross_entropy.map(|nats| (split, Metric::UnigramCrossEntropy, nats));
            let sequences = Some((split, Metric::Sequences, card.sequences as f64));
            [sequences, masked, unigram].into_iter().flatten()
        };
        Ok(SplitResults { values: Split::ALL.into_iter().flat_map(of_split).collect(), texts: vec![] })
    }

    /// Measures the encoder of a subnet as it would be deployed: dense, its neighbouring maps merged, in float32.
    fn measure_latency(
        protocol: &Protocol,
        space: &SearchSpace,
        arch: &Arch,
        vocab: i64,
        device: Device,
    ) -> LatencyRow {
        let weights = WeightSource::dense(layout_of(space, vocab).into(), arch, ScratchInit::OwnSize, 1, device);
        let encoder = measure_encoder(protocol, &weights.materialise(arch), space, device);
        LatencyRow {
            features: space.field_means(arch),
            encoder_ms: encoder.mean_ms,
            decoder_ms: 0.0,
            encoder_std_ms: encoder.std_ms,
            decoder_std_ms: 0.0,
        }
    }
}

/// Says that prepared data are no longer those that a run was planned on.
fn changed(folder: &Path) -> String {
    let folder = folder.display();
    format!("the prepared data in {folder} changed since this run was planned; give the run another name with --run")
}

/// Says whether a job learns a teacher's predictions of masked tokens.
fn learns_predictions(work: &Work) -> bool {
    match work {
        Work::Train(TrainSpec { task: TaskSpec::MaskedLm(spec), .. }) => spec.teacher_share.is_some(),
        _ => false,
    }
}

/// Loads the job's teacher.
pub(super) fn teacher(context: &JobContext, rows: i64, device: Device) -> Result<WeightSource> {
    let folder = context.input(Role::Teacher)?;
    finished_weights(folder, &training_spec(folder)?, rows, device)
}

/// Returns the standard error of the mean loss, where the sequences, not their tokens, are drawn independently: that of
/// the ratio of summed losses to masked tokens.
fn standard_error(scores: &SequenceScores) -> f64 {
    let (mean, sequences) = (scores.loss(), scores.nll.len() as f64);
    let masked: f64 = scores.masked.iter().map(|&n| n as f64).sum();
    let residual = |(nll, &n): (&f64, &i64)| (nll - mean * n as f64).powi(2);
    let squares: f64 = scores.nll.iter().zip(&scores.masked).map(residual).sum();
    (squares * sequences / (sequences - 1.0).max(1.0)).sqrt() / masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_error_is_that_of_a_mean_where_all_sequences_count_alike() {
        let scores = SequenceScores { nll: vec![2.0, 4.0, 6.0, 8.0], masked: vec![2; 4], right: 0 };
        // Means a token are 1, 2, 3, 4; their standard deviation is sqrt(5 / 3).
        assert!((standard_error(&scores) - (5.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
    }
}
