//! Makes batches of labelled examples: for fine-tuning and for its scores.

use std::sync::Arc;

use anyhow::Result;
use mos_base::Split;
use mos_base::seed::Purpose;
use mos_baselines::bert::batch::Sequences;
use mos_baselines::bert::examples::{Examples, Labels};
use mos_baselines::bert::fine_tune::{FineTune, Target};
use mos_baselines::bert::fine_tune_layout::FineTuneLayout;
use mos_baselines::bert::rates::Dropout;
use mos_baselines::supernet::weights::WeightSource;
use mos_datasets::tasks::{self, Task, TaskCard, TaskKind};
use mos_plan::spec::fine_tuning;
use mos_plan::spec::task::TaskSpec;
use mos_plan::spec::training::TrainSpec;
use mos_spaces::layout::Layout;
use rand::seq::SliceRandom;
use tch::Device;

use super::tuned::{self, TunedNetwork};
use crate::worker::task_data::TaskData;

/// Most tokens of an evaluation batch.
const EVALUATION_TOKENS: usize = 4096;

/// A task's examples, which are small enough to be in memory.
pub struct TaskExamples {
    task: Task,
    layout: Arc<dyn Layout>,
    device: Device,
    /// A network whose outputs are learned, too, and the share of the loss that this is.
    teacher: Option<(TunedNetwork, f64)>,
}

/// Examples of a micro-batch, by their places in the training split.
pub type ExampleBatch = Vec<usize>;

impl TaskExamples {
    /// Takes a prepared task, whose networks have the encoder of `layout`.
    pub fn new(task: Task, layout: Arc<dyn Layout>, device: Device) -> TaskExamples {
        TaskExamples { task, layout, device, teacher: None }
    }

    /// Lets networks learn what a fine-tuned one gives, too, with this share of the loss.
    pub fn taught_by(self, teacher: TunedNetwork, share: f64) -> TaskExamples {
        TaskExamples { teacher: Some((teacher, share)), ..self }
    }

    /// Returns what is learned of an example.
    pub fn target(&self) -> Target {
        target(self.task.card())
    }

    /// Returns what the task is.
    pub fn card(&self) -> &TaskCard {
        self.task.card()
    }

    /// Lays out the networks that are fine-tuned.
    pub fn layout(&self, pooling: fine_tuning::Pooling) -> FineTuneLayout {
        FineTuneLayout::new(self.layout.clone(), tuned::pooling(pooling), self.target().outputs())
    }

    /// Counts the examples of a split.
    pub fn len(&self, split: Split) -> usize {
        self.task.split(split).len()
    }

    /// Returns the labels of a split.
    pub fn labels(&self, split: Split) -> Labels {
        let all: Vec<usize> = (0..self.len(split)).collect();
        labels(self.task.batch(split, &all).labels)
    }

    /// Returns the ids of an example, special tokens included.
    pub fn ids(&self, split: Split, example: usize) -> Vec<i64> {
        self.task.split(split).example(example).ids.iter().map(|&id| i64::from(id)).collect()
    }

    fn batch(&self, split: Split, examples: &[usize]) -> Examples {
        let batch = self.task.batch(split, examples);
        let types = batch.types.contains(&1).then_some(batch.types.as_slice());
        let sequences = Sequences::new(&batch.input, types, batch.lengths, self.device);
        Examples::new(sequences, &labels(batch.labels), self.device)
    }

    /// Makes batches that hold each example of a split once, in the split's order.
    pub fn evaluation(&self, split: Split, parts: usize) -> Vec<Examples> {
        let longest = (0..self.len(split)).map(|i| self.task.split(split).example(i).ids.len()).max().unwrap_or(1);
        let rows = (EVALUATION_TOKENS / parts / longest).max(1);
        let all: Vec<usize> = (0..self.len(split)).collect();
        all.chunks(rows).map(|examples| self.batch(split, examples)).collect()
    }
}

/// Returns what is learned of the examples of a task.
pub fn target(card: &TaskCard) -> Target {
    match &card.kind {
        TaskKind::Classes { names } => Target::Classes(names.len() as i64),
        TaskKind::Rating => Target::Rating,
    }
}

/// Takes the labels of a batch as networks learn them.
fn labels(of_batch: tasks::Labels) -> Labels {
    match of_batch {
        tasks::Labels::Classes(classes) => Labels::Classes(classes),
        tasks::Labels::Ratings(ratings) => Labels::Ratings(ratings),
    }
}

impl TaskData for TaskExamples {
    type Task = FineTune;
    type MicroBatch = ExampleBatch;

    fn vocab(&self) -> i64 {
        self.layout.vocab()
    }

    fn task(&self, spec: &TaskSpec, _: &WeightSource) -> FineTune {
        let spec = spec.fine_tune();
        let dropout = Dropout { hidden: spec.dropout, attention: spec.attention_dropout };
        let mut task = FineTune::new(self.layout(spec.pooling), self.target(), Some(dropout));
        task.teacher = self.teacher.as_ref().map(|(teacher, share)| teacher.teacher(self.target(), *share));
        task
    }

    /// Shuffles the examples anew in each epoch, a function of (seed, epoch). The last batch of an epoch may be smaller.
    fn micro_batches(&self, spec: &TrainSpec, first: u64) -> Result<Box<dyn Iterator<Item = ExampleBatch>>> {
        let (examples, rows, seed) = (self.len(Split::Train), spec.batch_tokens, spec.seed);
        let an_epoch = examples.div_ceil(rows) as u64;
        let mut shuffled: Option<(u64, Vec<usize>)> = None;
        let batch = move |number: u64| {
            let epoch = number / an_epoch;
            if shuffled.as_ref().is_none_or(|(of, _)| *of != epoch) {
                let mut order: Vec<usize> = (0..examples).collect();
                order.shuffle(&mut Purpose::Batches.generator(&[seed, epoch]));
                shuffled = Some((epoch, order));
            }
            let (_, order) = shuffled.as_ref().expect("shuffled just now");
            order.chunks(rows).nth((number % an_epoch) as usize).expect("the batch is one of the epoch's").to_vec()
        };
        Ok(Box::new((first..).map(batch)))
    }

    fn on_device(&self, batch: &ExampleBatch, parts: usize) -> Vec<Examples> {
        batch.chunks(batch.len().div_ceil(parts).max(1)).map(|rows| self.batch(Split::Train, rows)).collect()
    }

    fn rows(batch: &ExampleBatch) -> usize {
        batch.len()
    }

    fn predictions(batch: &ExampleBatch) -> i64 {
        batch.len() as i64
    }

    fn epoch_predictions(&self, _: &TaskSpec) -> usize {
        self.len(Split::Train)
    }

    fn validation_batches(&self, _: &TaskSpec, split: Split, parts: usize) -> Vec<Examples> {
        self.evaluation(split, parts)
    }

    fn unigram_loss(&self, _: &TaskSpec) -> Option<f64> {
        None
    }
}
