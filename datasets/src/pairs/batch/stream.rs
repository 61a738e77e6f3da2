//! A stream gives micro-batches without end, epoch after epoch, built ahead of their use by loader threads.

use super::build::{Batch, build};
use super::plan::{BatchOptions, plan_epoch};
use crate::ahead::{Ahead, Epochs, Numbered};
use crate::error::Result;
use crate::pairs::corpus::Corpus;
use mos_base::Split;
use std::sync::Arc;

/// A stream iterates without end over the micro-batches of epochs 0, 1, 2, ... of one split.
///
/// They do not depend on the number of loader threads, nor on where the stream began (`Ahead`).
#[derive(Debug)]
pub struct Stream(Ahead<Plans>);

impl Stream {
    /// Starts a stream at micro-batch number `start_micro_batch`, counted over all epochs from 0.
    ///
    /// Without loader threads, each micro-batch is built when it is asked for. It is an error when the options leave no
    /// pair, or a pair that exceeds the budget.
    pub fn new(
        corpus: Arc<Corpus>,
        split: Split,
        options: BatchOptions,
        start_micro_batch: u64,
        loader_threads: usize,
    ) -> Result<Stream> {
        options.check(corpus.split(split))?;
        let first = plan_epoch(corpus.split(split), &options, 0);
        let per_epoch = first.len() as u64;
        let epochs = Epochs::default();
        epochs.get(0, || first);
        let plans = Plans { corpus, split, options, per_epoch, epochs };
        Ok(Stream(Ahead::new(plans, start_micro_batch, loader_threads)))
    }

    /// Gives the number of micro-batches in an epoch.
    pub fn epoch_batches(&self, epoch: u64) -> u64 {
        self.0.source.epoch(epoch).len() as u64
    }
}

impl Iterator for Stream {
    type Item = Batch;

    /// Gives the next micro-batch; there always is one.
    fn next(&mut self) -> Option<Batch> {
        self.0.next()
    }
}

/// The plans of epochs, shared by the loaders.
#[derive(Debug)]
struct Plans {
    corpus: Arc<Corpus>,
    split: Split,
    options: BatchOptions,
    /// How many micro-batches an epoch has. All epochs have as many, because the cuts depend on lengths alone.
    per_epoch: u64,
    /// The micro-batches of an epoch.
    epochs: Epochs<Vec<Vec<u32>>>,
}

impl Numbered for Plans {
    type Batch = Batch;

    fn batch(&self, number: u64) -> Batch {
        let plan = self.epoch(number / self.per_epoch);
        build(self.corpus.split(self.split), &plan[(number % self.per_epoch) as usize])
    }
}

impl Plans {
    fn epoch(&self, epoch: u64) -> Arc<Vec<Vec<u32>>> {
        self.epochs.get(epoch, || plan_epoch(self.corpus.split(self.split), &self.options, epoch))
    }
}
