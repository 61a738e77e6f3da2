//! Makes NAS-BERT's objective (Xu et al., KDD 2021) a task of the trainer: each block of a net learns to give what the
//! teacher's block of the same place gives, from what that block reads.
//!
//! The teacher's layers are cut into as many blocks of equal depth. The loss of a block is the mean squared error of its
//! output, and that of a net the sum over its blocks. No block reads what another one gives, so that a net's loss is known
//! from a table of its blocks' losses.

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

use mos_spaces::bert::view::{BertArch, Part, Step};
use mos_spaces::layout::Layout;
use mos_spaces::{Arch, SearchSpace};
use tch::{Kind, Tensor};

use super::batch::Sequences;
use super::model::Encoder;
use super::rates::Rates;
use crate::layers::affine::widened;
use crate::layers::reader::Reader;
use crate::supernet::weights::SubnetWeights;
use crate::training::task::{Batch, Losses, Task};

/// A batch of sequences with room for what the teacher makes of it, which all nets share.
#[derive(Debug)]
pub struct BlockBatch {
    /// The sequences, nothing masked.
    pub sequences: Sequences,
    /// The teacher's states before its first block and after each, `[rows, length, stream]`.
    taught: OnceCell<Vec<Tensor>>,
}

impl BlockBatch {
    /// Makes a batch of which the teacher has made nothing yet.
    pub fn new(sequences: Sequences) -> BlockBatch {
        BlockBatch { sequences, taught: OnceCell::new() }
    }
}

impl Batch for BlockBatch {
    /// Counts the sequences.
    fn weight(&self) -> i64 {
        self.sequences.lengths.len() as i64
    }
}

/// The network that is learned from.
#[derive(Debug)]
pub struct BlockTeacher {
    weights: SubnetWeights,
    arch: BertArch,
    /// The steps of each of its blocks.
    blocks: Vec<Range<usize>>,
}

impl BlockTeacher {
    /// Cuts a network of `space` into blocks; returns none where its layers cannot be shared out evenly.
    pub fn new(space: &SearchSpace, weights: SubnetWeights, blocks: usize) -> Option<BlockTeacher> {
        let arch = BertArch::of(space, &weights.arch);
        let layers = arch.steps.iter().map(|step| step.layer + 1).max().unwrap_or(0);
        if blocks == 0 || layers < blocks || !layers.is_multiple_of(blocks) {
            return None;
        }
        let steps = arch.steps.len() / blocks;
        let blocks = (0..blocks).map(|block| block * steps..(block + 1) * steps).collect();
        Some(BlockTeacher { weights, arch, blocks })
    }

    /// Computes the states before the first block and after each.
    fn teach(&self, batch: &Sequences) -> Vec<Tensor> {
        let rates = Rates::new(&self.arch, &self.arch, None);
        let encoder = Encoder::read(&mut Reader::new(&self.weights.leaves), &self.arch);
        let mut states = vec![encoder.embed(batch, &rates)];
        for steps in &self.blocks {
            let before = states.last().expect("the embeddings come first").shallow_clone();
            states.push(encoder.through(steps.clone(), before, batch, &rates));
        }
        states
    }
}

/// The task: to do block by block what the teacher does.
#[derive(Debug)]
pub struct BlockDistil {
    layout: Arc<dyn Layout>,
    teacher: BlockTeacher,
}

impl BlockDistil {
    /// Makes the task on nets of this layout, which is of a space of blocks. Nothing is dropped, as in the teacher's passes.
    pub fn new(layout: Arc<dyn Layout>, teacher: BlockTeacher) -> BlockDistil {
        BlockDistil { layout, teacher }
    }

    /// Returns the summed losses of a batch's sequences, one for each block of the net.
    fn of_batch(&self, weights: &SubnetWeights, batch: &BlockBatch) -> Vec<Tensor> {
        let arch = BertArch::of(self.layout.space(), &weights.arch);
        let rates = Rates::new(&arch, &arch, None);
        let sequences = &batch.sequences;
        let taught = batch.taught.get_or_init(|| tch::no_grad(|| self.teacher.teach(sequences)));
        let encoder = Encoder::read(&mut Reader::new(&weights.leaves), &arch);
        let loss = |(steps, states): (Range<usize>, &[Tensor])| {
            let own = encoder.through(steps, states[0].shallow_clone(), sequences, &rates);
            squared_error(&own, &states[1], sequences)
        };
        blocks(&arch.steps).into_iter().zip(taught.windows(2)).map(loss).collect()
    }

    /// Returns the mean loss of each block of a net over some batches. It waits for the device once.
    pub fn block_losses(&self, weights: &SubnetWeights, batches: &[BlockBatch]) -> Vec<f64> {
        let sequences: i64 = batches.iter().map(BlockBatch::weight).sum();
        let sums = tch::no_grad(|| {
            let of_batch = |batch| Tensor::stack(&self.of_batch(weights, batch), 0).to_kind(Kind::Double);
            batches.iter().map(of_batch).reduce(|sum, losses| sum + losses)
        });
        let sums = sums.map(|sums| Vec::<f64>::try_from(sums).expect("one number a block"));
        sums.unwrap_or_default().into_iter().map(|sum| sum / sequences as f64).collect()
    }
}

/// Cuts the steps of a net into those of its blocks, each of which ends with the map back into the stream.
fn blocks(steps: &[Step]) -> Vec<Range<usize>> {
    let is_map = |step: &Step| matches!(step.part, Part::Map { .. });
    let maps: Vec<usize> = (0..steps.len()).filter(|&i| is_map(&steps[i])).collect();
    maps.chunks(2).map(|ends| ends[0]..ends[1] + 1).collect()
}

/// Returns the sum over sequences of the mean squared difference over tokens that are no padding, and channels.
fn squared_error(own: &Tensor, taught: &Tensor, batch: &Sequences) -> Tensor {
    // Small differences are squared and summed in float32 at least.
    let mut squared = (widened(own) - widened(taught)).square();
    if let Some(padding) = &batch.padding {
        squared = squared.masked_fill(&padding.unsqueeze(-1), 0.0);
    }
    let width = own.size()[2] as f64;
    let shares: Vec<f64> = batch.lengths.iter().map(|&length| 1.0 / (width * length as f64)).collect();
    let weights = Tensor::from_slice(&shares).to_kind(squared.kind()).to_device(own.device());
    squared.sum_dim_intlist([1i64, 2].as_slice(), false, None::<Kind>).dot(&weights)
}

impl Task for BlockDistil {
    type Batch = BlockBatch;

    fn layout(&self) -> &Arc<dyn Layout> {
        &self.layout
    }

    fn gradients(&self, weights: &SubnetWeights, batch: &BlockBatch) -> (Tensor, Vec<Tensor>) {
        let loss = self.of_batch(weights, batch).into_iter().reduce(|sum, loss| sum + loss).expect("a net has a block");
        // Embeddings and head take no part: their gradients are undefined.
        let grads = Tensor::run_backward(&[&loss], &weights.leaves, false, false);
        (loss.detach().to_kind(Kind::Float), grads)
    }

    fn losses(&self, weights: &SubnetWeights, batches: &[BlockBatch]) -> Losses {
        let loss = self.block_losses(weights, batches).iter().sum();
        Losses { nll: loss, objective: loss }
    }

    fn flops(&self, arch: &Arch, batch: &BlockBatch) -> f64 {
        let view = BertArch::of(self.layout.space(), arch);
        2.0 * batch.sequences.lengths.iter().map(|&length| view.macs(length)).sum::<i64>() as f64
    }

    fn teacher_flops(&self, batch: &BlockBatch) -> f64 {
        2.0 * batch.sequences.lengths.iter().map(|&length| self.teacher.arch.macs(length)).sum::<i64>() as f64
    }
}
