//! Defines [`TaskData`]: what a training asks of the data of its task.

use anyhow::Result;
use mos_base::Split;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::Trainer;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::TrainSpec;

use super::context::JobContext;

/// The batches of a task on the device.
pub type BatchOf<T> = <<T as TaskData>::Task as Task>::Batch;

/// A task and its batches.
pub trait TaskData: Sized {
    /// What networks are trained to do.
    type Task: Task;
    /// A micro-batch before it is on the device.
    type MicroBatch;

    /// Returns the rows of the models' embedding tables.
    fn vocab(&self) -> i64;

    /// Makes the task of a training, with its dropout.
    fn task(&self, spec: &TaskSpec, weights: &WeightSource) -> Self::Task;

    /// Replaces first values of a training, where its task starts from another network.
    ///
    /// # Errors
    /// Fails if that network cannot be read.
    fn inherit(&self, _: &WeightSource) -> Result<()> {
        Ok(())
    }

    /// Names the files that a training leaves beside its weights.
    fn outputs(&self, _: &TrainSpec) -> Vec<String> {
        vec![]
    }

    /// Chooses the subnets that are trained next, where the method's sampler does not say it all: before the first update
    /// after a start, and after each validation. Returns false when told to stop before it is done; the training is then
    /// saved, and this is called again when it goes on.
    ///
    /// # Errors
    /// Fails if a file that an earlier call left is missing or damaged.
    fn steer(&self, _: &JobContext, _: &TrainSpec, _: &mut Trainer<Self::Task>) -> Result<bool> {
        Ok(true)
    }

    /// Goes through the micro-batches of a training from the given one on, without end.
    fn micro_batches(&self, spec: &TrainSpec, first: u64) -> Result<Box<dyn Iterator<Item = Self::MicroBatch>>>;

    /// Moves a micro-batch to the device, cut into at most `parts` parts of like size.
    fn on_device(&self, batch: &Self::MicroBatch, parts: usize) -> Vec<BatchOf<Self>>;

    /// Counts the rows of a micro-batch.
    fn rows(batch: &Self::MicroBatch) -> usize;

    /// Counts what a micro-batch predicts: tokens, or examples.
    fn predictions(batch: &Self::MicroBatch) -> i64;

    /// Counts what one pass over the training split predicts.
    fn epoch_predictions(&self, spec: &TaskSpec) -> usize;

    /// Makes batches that hold each example of a split once, as a training validates on them; `parts` says how many times
    /// smaller than usual they are.
    fn validation_batches(&self, spec: &TaskSpec, split: Split, parts: usize) -> Vec<BatchOf<Self>>;

    /// Makes the batches of validation on which searches rank subnets: those of a training's validation, unless a task
    /// ranks on a part of them.
    fn ranking_batches(&self, spec: &TaskSpec, parts: usize) -> Vec<BatchOf<Self>> {
        self.validation_batches(spec, Split::Valid, parts)
    }

    /// Returns the loss on validation of a model that knows how frequent predictions are in training and nothing else; none
    /// where the loss is of another kind.
    fn unigram_loss(&self, spec: &TaskSpec) -> Option<f64>;
}
