//! Makes the data of tasks that learn from what a teacher computes: sequences without masks, and the teacher.

use std::marker::PhantomData;
use std::sync::Arc;

use anyhow::Result;
use mos_base::Split;
use mos_base::seed::Purpose;
use mos_baselines::bert::batch::Sequences;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::Trainer;
use mos_datasets::documents::corpus::Documents;
use mos_datasets::documents::stream::DocumentStream;
use mos_plan::spec::job::JobSpec;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::TrainSpec;
use tch::Device;

use super::jobs::{BertJobs, teacher};
use crate::worker::context::{JobContext, device};
use crate::worker::task_data::TaskData;
use crate::worker::track_jobs::TrackJobs;

/// Most tokens of an evaluation batch.
const EVALUATION_TOKENS: usize = 4096;

/// A task that learns from what a teacher computes.
pub trait Taught: Task + Sized {
    /// Makes the task on networks of the layout of `weights`.
    fn of(spec: &TaskSpec, weights: &WeightSource, teacher: &WeightSource) -> Self;

    /// Makes a batch of these sequences.
    fn batch(sequences: Sequences) -> Self::Batch;

    /// Returns the longest sequence.
    fn sequence_length(spec: &TaskSpec) -> usize;

    /// Returns the sequences of validation that are scored (0: all).
    fn sample(spec: &TaskSpec) -> usize;

    /// Replaces first values of a training by the teacher's.
    fn inherit(_: &WeightSource, _: &WeightSource) {}

    /// Names what a training leaves beside its weights.
    fn outputs(_: &TrainSpec) -> Vec<String> {
        vec![]
    }

    /// Chooses what is trained next, as [`TaskData::steer`] does.
    fn steer(_: &TaughtData<Self>, _: &JobContext, _: &TrainSpec, _: &mut Trainer<Self>) -> Result<bool> {
        Ok(true)
    }
}

/// A micro-batch before it is on the device: padded rows of ids, and how long each is.
pub struct Rows {
    ids: Vec<i64>,
    lengths: Vec<i64>,
}

/// Sequences, and the network that is learned from.
pub struct TaughtData<T> {
    /// The job's corpus, with masks for those who want them.
    pub track: BertJobs,
    /// The network that is learned from.
    pub teacher: WeightSource,
    corpus: Arc<Documents>,
    device: Device,
    task: PhantomData<T>,
}

impl<T: Taught> TaughtData<T> {
    /// Opens the job's corpus and its teacher.
    ///
    /// # Errors
    /// Fails if one of them is missing or damaged.
    pub fn open(context: &JobContext, job: &JobSpec) -> Result<TaughtData<T>> {
        let track = BertJobs::open(context, job)?;
        let device = device(&job.context);
        let teacher = teacher(context, track.vocab(), device)?;
        Ok(TaughtData { corpus: track.corpus(), track, teacher, device, task: PhantomData })
    }

    fn of_rows(&self, ids: &[i64], lengths: &[i64]) -> T::Batch {
        T::batch(Sequences::new(ids, None, lengths.to_vec(), self.device))
    }

    /// Makes evaluation batches of every `step`-th sequence of a held-out split.
    fn evaluation(&self, split: Split, step: usize, parts: usize) -> Vec<T::Batch> {
        let shard = self.corpus.split(split);
        let sequences: Vec<&[u16]> = (0..shard.len()).step_by(step).map(|i| shard.sequence(i)).collect();
        let longest = sequences.iter().map(|s| s.len()).max().unwrap_or(1);
        let pad = i64::from(self.corpus.specials().pad);
        let batch = |rows: &[&[u16]]| {
            let length = rows.iter().map(|row| row.len()).max().unwrap_or(0);
            let padded = |row: &&[u16]| {
                let ids = row.iter().map(|&id| i64::from(id));
                ids.chain(std::iter::repeat_n(pad, length - row.len())).collect::<Vec<_>>()
            };
            let lengths: Vec<i64> = rows.iter().map(|row| row.len() as i64).collect();
            self.of_rows(&rows.iter().flat_map(padded).collect::<Vec<_>>(), &lengths)
        };
        sequences.chunks((EVALUATION_TOKENS / parts / longest).max(1)).map(batch).collect()
    }
}

impl<T: Taught> TaskData for TaughtData<T> {
    type Task = T;
    type MicroBatch = Rows;

    fn vocab(&self) -> i64 {
        self.track.vocab()
    }

    fn task(&self, spec: &TaskSpec, weights: &WeightSource) -> T {
        T::of(spec, weights, &self.teacher)
    }

    fn inherit(&self, weights: &WeightSource) -> Result<()> {
        T::inherit(weights, &self.teacher);
        Ok(())
    }

    fn outputs(&self, spec: &TrainSpec) -> Vec<String> {
        T::outputs(spec)
    }

    fn steer(&self, context: &JobContext, spec: &TrainSpec, trainer: &mut Trainer<T>) -> Result<bool> {
        T::steer(self, context, spec, trainer)
    }

    fn micro_batches(&self, spec: &TrainSpec, first: u64) -> Result<Box<dyn Iterator<Item = Rows>>> {
        let sequences = spec.batch_tokens / T::sequence_length(&spec.task);
        let seed = spec.seed;
        let masks = move |number| Purpose::Masks.generator(&[seed, number]);
        let stream = DocumentStream::new(self.corpus.clone(), sequences, seed, first, 1, masks)?;
        // Nothing is masked here: the original ids go back to their places.
        Ok(Box::new(stream.map(|batch| {
            let mut ids = batch.input;
            for (&place, &id) in batch.positions.iter().zip(&batch.targets) {
                ids[place as usize] = id;
            }
            Rows { ids, lengths: batch.lengths }
        })))
    }

    fn on_device(&self, batch: &Rows, parts: usize) -> Vec<T::Batch> {
        let length = batch.ids.len() / batch.lengths.len().max(1);
        let rows = batch.lengths.len().div_ceil(parts).max(1);
        let ids = batch.ids.chunks(rows * length);
        ids.zip(batch.lengths.chunks(rows)).map(|(ids, lengths)| self.of_rows(ids, lengths)).collect()
    }

    fn rows(batch: &Rows) -> usize {
        batch.lengths.len()
    }

    fn predictions(batch: &Rows) -> i64 {
        batch.lengths.len() as i64
    }

    fn epoch_predictions(&self, _: &TaskSpec) -> usize {
        self.corpus.split(Split::Train).len()
    }

    /// Takes the sample on which nets are scored: every batch keeps what the teacher makes of it, and of a whole split that
    /// would be too much.
    fn validation_batches(&self, spec: &TaskSpec, split: Split, parts: usize) -> Vec<T::Batch> {
        let (all, sample) = (self.corpus.split(split).len(), T::sample(spec));
        self.evaluation(split, all.checked_div(sample).unwrap_or(1).max(1), parts)
    }

    fn unigram_loss(&self, _: &TaskSpec) -> Option<f64> {
        None
    }
}
