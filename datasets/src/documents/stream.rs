//! A stream gives batches of training sequences without end, epoch after epoch, built ahead of their use by loader
//! threads.

use super::batch::MaskedBatch;
use super::corpus::Documents;
use super::mask::mask;
use crate::error::{Error, Result};
use mos_base::Split;
use mos_base::seed::Purpose;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How many batches each loader thread keeps ready.
const AHEAD: usize = 4;

/// A stream iterates without end over the training split in epochs 0, 1, 2, ..., each in an order of its own.
///
/// All batches have as many sequences, so that one may hold the end of an epoch and the start of the next. Batch number
/// n is the same whatever the number of loader threads and wherever the stream began: loader k of N builds numbers
/// start + k, start + k + N, ..., and the iterator takes from the loaders in turn.
#[derive(Debug)]
pub struct DocumentStream {
    plan: Arc<Plan>,
    /// Number of the next batch.
    next: u64,
    /// First batch of this stream.
    start: u64,
    loaders: Vec<Loader>,
}

/// A thread that builds every Nth batch.
#[derive(Debug)]
struct Loader {
    /// What the thread has built; `None` only while the stream is dropped.
    batches: Option<Receiver<MaskedBatch>>,
    thread: Option<JoinHandle<()>>,
}

impl DocumentStream {
    /// Starts a stream at batch number `start`, counted from 0, of `sequences` sequences a batch. The order of the
    /// sequences follows from `seed` and the epoch; `masks` gives the generator that masks a batch, by its number.
    ///
    /// Without loader threads, each batch is built when it is asked for. It is an error when a batch would be empty.
    pub fn new(
        corpus: Arc<Documents>,
        sequences: usize,
        seed: u64,
        start: u64,
        loader_threads: usize,
        masks: impl Fn(u64) -> ChaCha8Rng + Send + Sync + 'static,
    ) -> Result<DocumentStream> {
        if sequences == 0 {
            return Err(Error::Option { option: "sequences of a batch", detail: "must be 1 or more".into() });
        }
        let plan = Arc::new(Plan { corpus, sequences, seed, masks: Masks(Box::new(masks)), recent: Mutex::default() });
        let loaders = (0..loader_threads as u64)
            .map(|k| Loader::start(Arc::clone(&plan), start + k, loader_threads as u64))
            .collect();
        Ok(DocumentStream { plan, next: start, start, loaders })
    }
}

impl Iterator for DocumentStream {
    type Item = MaskedBatch;

    /// Gives the next batch; there always is one.
    fn next(&mut self) -> Option<MaskedBatch> {
        let number = self.next;
        self.next += 1;
        if self.loaders.is_empty() {
            return Some(self.plan.batch(number));
        }
        let loader = &self.loaders[((number - self.start) % self.loaders.len() as u64) as usize];
        let batches = loader.batches.as_ref().expect("taken only on drop");
        Some(batches.recv().expect("a loader thread ends only when its stream is dropped"))
    }
}

impl Drop for DocumentStream {
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
    fn start(plan: Arc<Plan>, first: u64, step: u64) -> Loader {
        let (sender, batches) = sync_channel(AHEAD);
        let thread = std::thread::spawn(move || {
            let mut number = first;
            while sender.send(plan.batch(number)).is_ok() {
                number += step;
            }
        });
        Loader { batches: Some(batches), thread: Some(thread) }
    }
}

/// Gives the generator that masks a batch, by its number.
struct Masks(Box<dyn Fn(u64) -> ChaCha8Rng + Send + Sync>);

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("Masks")
    }
}

/// What every batch follows from, shared by the loaders.
#[derive(Debug)]
struct Plan {
    corpus: Arc<Documents>,
    sequences: usize,
    seed: u64,
    masks: Masks,
    /// The orders in use, by epoch. There can be several, because loaders can stand on both sides of an epoch's end.
    recent: Mutex<Vec<(u64, Order)>>,
}

/// The sequences of one epoch, shuffled.
type Order = Arc<Vec<u32>>;

impl Plan {
    fn batch(&self, number: u64) -> MaskedBatch {
        let (shard, specials) = (self.corpus.split(Split::Train), self.corpus.specials());
        let mut random = (self.masks.0)(number);
        let masked: Vec<_> = self
            .indices(number)
            .into_iter()
            .map(|i| mask(shard.sequence(i), &specials, self.corpus.vocab_size(), &mut random))
            .collect();
        MaskedBatch::of(&masked, specials.pad)
    }

    /// Gives the sequences of a batch.
    fn indices(&self, number: u64) -> Vec<usize> {
        let (all, sequences) = (self.corpus.split(Split::Train).len() as u64, self.sequences as u64);
        let places = number * sequences..(number + 1) * sequences;
        places.map(|place| self.order(place / all)[(place % all) as usize] as usize).collect()
    }

    fn order(&self, epoch: u64) -> Order {
        let mut recent = self.recent.lock().expect("no holder panics");
        if let Some((_, order)) = recent.iter().find(|(e, _)| *e == epoch) {
            return Arc::clone(order);
        }
        let mut order: Vec<u32> = (0..self.corpus.split(Split::Train).len() as u32).collect();
        order.shuffle(&mut Purpose::Batches.generator(&[self.seed, epoch]));
        let order = Arc::new(order);
        if recent.len() == 2 {
            recent.remove(0);
        }
        recent.push((epoch, Arc::clone(&order)));
        order
    }
}
