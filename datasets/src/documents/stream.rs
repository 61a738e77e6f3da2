//! A stream gives batches of training sequences without end, epoch after epoch, built ahead of their use by loader
//! threads.

use super::batch::MaskedBatch;
use super::corpus::Documents;
use super::mask::mask;
use crate::ahead::{Ahead, Epochs, Numbered};
use crate::error::{Error, Result};
use mos_base::Split;
use mos_base::seed::Purpose;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// A stream iterates without end over the training split in epochs 0, 1, 2, ..., each in an order of its own.
///
/// All batches have as many sequences, so that one may hold the end of an epoch and the start of the next. They do not depend on
/// the number of loader threads, nor on where the stream began (`Ahead`).
#[derive(Debug)]
pub struct DocumentStream(Ahead<Plan>);

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
        let plan = Plan { corpus, sequences, seed, masks: Masks(Box::new(masks)), orders: Epochs::default() };
        Ok(DocumentStream(Ahead::new(plan, start, loader_threads)))
    }
}

impl Iterator for DocumentStream {
    type Item = MaskedBatch;

    /// Gives the next batch; there always is one.
    fn next(&mut self) -> Option<MaskedBatch> {
        self.0.next()
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
    /// The sequences of an epoch, shuffled.
    orders: Epochs<Vec<u32>>,
}

impl Numbered for Plan {
    type Batch = MaskedBatch;

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
}

impl Plan {
    /// Gives the sequences of a batch.
    fn indices(&self, number: u64) -> Vec<usize> {
        let (all, sequences) = (self.corpus.split(Split::Train).len() as u64, self.sequences as u64);
        let places = number * sequences..(number + 1) * sequences;
        places.map(|place| self.order(place / all)[(place % all) as usize] as usize).collect()
    }

    fn order(&self, epoch: u64) -> Arc<Vec<u32>> {
        self.orders.get(epoch, || {
            let mut order: Vec<u32> = (0..self.corpus.split(Split::Train).len() as u32).collect();
            order.shuffle(&mut Purpose::Batches.generator(&[self.seed, epoch]));
            order
        })
    }
}
