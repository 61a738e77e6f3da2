//! A stream gives micro-batches without end, epoch after epoch, built ahead of their use by loader threads.

use super::build::{Batch, build};
use super::plan::{BatchOptions, plan_epoch};
use crate::error::Result;
use crate::pairs::corpus::Corpus;
use mos_base::Split;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How many micro-batches each loader thread keeps ready.
const AHEAD: usize = 4;

/// A stream iterates without end over the micro-batches of epochs 0, 1, 2, ... of one split.
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

/// A thread that builds every Nth micro-batch.
#[derive(Debug)]
struct Loader {
    /// What the thread has built; `None` only while the stream is dropped.
    batches: Option<Receiver<Batch>>,
    thread: Option<JoinHandle<()>>,
}

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
        let plan = Arc::new(plan_epoch(corpus.split(split), &options, 0));
        let per_epoch = plan.len() as u64;
        let plans = Arc::new(Plans { corpus, split, options, per_epoch, recent: Mutex::new(vec![(0, plan)]) });
        let loaders = (0..loader_threads as u64)
            .map(|k| Loader::start(Arc::clone(&plans), start_micro_batch + k, loader_threads as u64))
            .collect();
        Ok(Stream { plans, next: start_micro_batch, start: start_micro_batch, loaders })
    }

    /// Gives the number of micro-batches in an epoch.
    pub fn epoch_batches(&self, epoch: u64) -> u64 {
        self.plans.epoch(epoch).len() as u64
    }
}

impl Iterator for Stream {
    type Item = Batch;

    /// Gives the next micro-batch; there always is one.
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
            // Without a receiver, the loader's next send fails and ends it.
            loader.batches = None;
        }
        for thread in self.loaders.iter_mut().filter_map(|l| l.thread.take()) {
            // `next` has noticed a loader that panicked already, and the stream goes away either way.
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
    /// How many micro-batches an epoch has. All epochs have as many, because the cuts depend on lengths alone.
    per_epoch: u64,
    /// The plans in use, by epoch. There can be two, because loaders can stand on both sides of an epoch's end.
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
