//! Batches are built ahead of their use by loader threads, and come in the order of their numbers.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How many batches each loader thread keeps ready.
const AHEAD: usize = 4;

/// What makes the batch of a number. Batch number n is the same whenever and wherever it is made.
pub trait Numbered: Send + Sync + 'static {
    /// What it makes.
    type Batch: Send + 'static;

    /// Makes the batch of this number, counted from 0.
    fn batch(&self, number: u64) -> Self::Batch;
}

/// An iterator without end over batches.
///
/// They are the same whatever the number of loader threads and wherever it began: loader k of N builds numbers start + k,
/// start + k + N, ..., and the iterator takes from the loaders in turn. Without loader threads, each batch is built when it
/// is asked for.
#[derive(Debug)]
pub struct Ahead<S: Numbered> {
    /// What makes the batches.
    pub source: Arc<S>,
    /// Number of the next batch.
    next: u64,
    /// First batch of this iterator.
    start: u64,
    loaders: Vec<Loader<S::Batch>>,
}

/// A thread that builds every Nth batch.
#[derive(Debug)]
struct Loader<B> {
    /// What the thread has built; `None` only while the iterator is dropped.
    batches: Option<Receiver<B>>,
    thread: Option<JoinHandle<()>>,
}

impl<S: Numbered> Ahead<S> {
    /// Starts at batch number `start`.
    pub fn new(source: S, start: u64, loader_threads: usize) -> Ahead<S> {
        let source = Arc::new(source);
        let loaders = (0..loader_threads as u64)
            .map(|k| Loader::start(Arc::clone(&source), start + k, loader_threads as u64))
            .collect();
        Ahead { source, next: start, start, loaders }
    }
}

impl<S: Numbered> Iterator for Ahead<S> {
    type Item = S::Batch;

    /// Gives the next batch; there always is one.
    fn next(&mut self) -> Option<S::Batch> {
        let number = self.next;
        self.next += 1;
        if self.loaders.is_empty() {
            return Some(self.source.batch(number));
        }
        let loader = &self.loaders[((number - self.start) % self.loaders.len() as u64) as usize];
        let batches = loader.batches.as_ref().expect("taken only on drop");
        Some(batches.recv().expect("a loader thread ends only when its iterator is dropped"))
    }
}

impl<S: Numbered> Drop for Ahead<S> {
    fn drop(&mut self) {
        for loader in &mut self.loaders {
            // Without a receiver, the loader's next send fails and ends it.
            loader.batches = None;
        }
        for thread in self.loaders.iter_mut().filter_map(|l| l.thread.take()) {
            // `next` has noticed a loader that panicked already, and the iterator goes away either way.
            let _ = thread.join();
        }
    }
}

impl<B: Send + 'static> Loader<B> {
    fn start(source: Arc<impl Numbered<Batch = B>>, first: u64, step: u64) -> Loader<B> {
        let (sender, batches) = sync_channel(AHEAD);
        let thread = std::thread::spawn(move || {
            let mut number = first;
            while sender.send(source.batch(number)).is_ok() {
                number += step;
            }
        });
        Loader { batches: Some(batches), thread: Some(thread) }
    }
}

/// What the epochs in use follow from. There can be two, because loaders can stand on both sides of an epoch's end.
#[derive(Debug)]
pub struct Epochs<T>(Mutex<Vec<(u64, Arc<T>)>>);

impl<T> Default for Epochs<T> {
    fn default() -> Epochs<T> {
        Epochs(Mutex::default())
    }
}

impl<T> Epochs<T> {
    /// Gives what belongs to an epoch, and makes it if it is not there.
    pub fn get(&self, epoch: u64, make: impl FnOnce() -> T) -> Arc<T> {
        let mut recent = self.0.lock().expect("no holder panics");
        if let Some((_, known)) = recent.iter().find(|(e, _)| *e == epoch) {
            return Arc::clone(known);
        }
        let made = Arc::new(make());
        if recent.len() == 2 {
            recent.remove(0);
        }
        recent.push((epoch, Arc::clone(&made)));
        made
    }
}
