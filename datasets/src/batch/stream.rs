//! An endless stream of micro-batches, epoch after epoch, built ahead of their use by loader threads.

use super::{Batch, BatchOptions, build, plan_epoch};
use crate::{Corpus, Result, Split};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Micro-batches that each loader thread keeps ready.
const AHEAD: usize = 4;

/// An endless iterator over the micro-batches of epochs 0, 1, 2, ... of one split.
///
/// Micro-batch number n is the same whatever the number of loader threads and wherever the stream began: loader k of N
/// builds numbers start + k, start + k + N, ..., and the iterator takes from the loaders in turn.
#[derive(Debug)]
pub struct Stream {
    plans: Arc<Plans>,
    /// Number of the next micro-batch.
    next: u64,
    /// First micro-batch of this stream.
    start: u64,
    loaders: Vec<Loader>,
}

#[derive(Debug)]
struct Loader {
    /// `None` only while the stream is dropped.
    batches: Option<Receiver<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    /// A stream that begins with micro-batch number `start_micro_batch`, counted over all epochs from 0.
    ///
    /// With `loader_threads` 0 each micro-batch is built when it is asked for. An error when the options leave no pair
    /// or a pair that exceeds the budget.
    pub fn new(
        corpus: Arc<Corpus>,
        split: Split,
        options: BatchOptions,
        start_micro_batch: u64,
        loader_threads: usize,
    ) -> Result<Stream> {
        options.check(corpus.split(split))?;
        let plan = Arc::new(plan_epoch(corpus.split(split), &options, 0));
        let per_epoch = plan.len() as u64;
        let plans = Arc::new(Plans { corpus, split, options, per_epoch, recent: Mutex::new(vec![(0, plan)]) });
        let loaders = (0..loader_threads as u64)
            .map(|k| Loader::start(Arc::clone(&plans), start_micro_batch + k, loader_threads as u64))
            .collect();
        Ok(Stream { plans, next: start_micro_batch, start: start_micro_batch, loaders })
    }

    /// Number of micro-batches in an epoch.
    pub fn epoch_batches(&self, epoch: u64) -> u64 {
        self.plans.epoch(epoch).len() as u64
    }

    /// Number of the micro-batch that the next call of `next` gives.
    pub fn position(&self) -> u64 {
        self.next
    }
}

impl Iterator for Stream {
    type Item = Batch;

    /// Never `None`.
    fn next(&mut self) -> Option<Batch> {
        let number = self.next;
        self.next += 1;
        if self.loaders.is_empty() {
            return Some(self.plans.batch(number));
        }
        let loader = &self.loaders[((number - self.start) % self.loaders.len() as u64) as usize];
        let batches = loader.batches.as_ref().expect("taken only on drop");
        Some(batches.recv().expect("a loader thread ends only when its stream is dropped"))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        for loader in &mut self.loaders {
            // Ends the loader's next send.
            loader.batches = None;
        }
        for thread in self.loaders.iter_mut().filter_map(|l| l.thread.take()) {
            // A loader that panicked was noticed by `next` already; here the stream goes away either way.
            let _ = thread.join();
        }
    }
}

impl Loader {
    fn start(plans: Arc<Plans>, first: u64, step: u64) -> Loader {
        let (sender, batches) = sync_channel(AHEAD);
        let thread = std::thread::spawn(move || {
            let mut number = first;
            while sender.send(plans.batch(number)).is_ok() {
                number += step;
            }
        });
        Loader { batches: Some(batches), thread: Some(thread) }
    }
}

/// The plans of epochs, shared by the loaders.
#[derive(Debug)]
struct Plans {
    corpus: Arc<Corpus>,
    split: Split,
    options: BatchOptions,
    /// Micro-batches of each epoch: always as many, as the cuts depend on lengths alone.
    per_epoch: u64,
    /// The plans in use, by epoch: loaders can stand on both sides of the end of one.
    recent: Mutex<Vec<(u64, Plan)>>,
}

/// The micro-batches of one epoch.
type Plan = Arc<Vec<Vec<u32>>>;

impl Plans {
    fn batch(&self, number: u64) -> Batch {
        let plan = self.epoch(number / self.per_epoch);
        build(self.corpus.split(self.split), &plan[(number % self.per_epoch) as usize])
    }

    fn epoch(&self, epoch: u64) -> Plan {
        let mut recent = self.recent.lock().expect("no holder panics");
        if let Some((_, plan)) = recent.iter().find(|(e, _)| *e == epoch) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(plan_epoch(self.corpus.split(self.split), &self.options, epoch));
        if recent.len() == 2 {
            recent.remove(0);
        }
        recent.push((epoch, Arc::clone(&plan)));
        plan
    }
}
