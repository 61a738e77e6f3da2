//! Makes AutoDistil's objective (Xu et al., NeurIPS 2022) a task of the trainer: a student learns how a teacher's last
//! attention relates the tokens of a sequence to each other.
//!
//! The relation of X (queries, keys or values, cut into h heads of width d) is `softmax(X X^T / sqrt(d))`, a distribution
//! over the sequence for each of its tokens and each head. The loss is the mean squared error between the teacher's and the
//! student's, summed over queries, keys and values with weights 1, 1, 1 (equation 4). Both have the teacher's number of
//! relation heads: the student's concatenated projections are cut again into as many, and a tail that is not divisible is
//! left out, as in the released code. There is no masked-LM term.

use std::cell::OnceCell;
use std::sync::Arc;

use mos_spaces::bert::view::BertArch;
use mos_spaces::layout::Layout;
use mos_spaces::{Arch, SearchSpace};
use tch::{Kind, Tensor};

use super::batch::Sequences;
use super::model::Encoder;
use super::rates::{Dropout, Rates};
use crate::layers::affine::widened;
use crate::layers::reader::Reader;
use crate::supernet::weights::SubnetWeights;
use crate::training::task::{Batch, Losses, Task};

/// What is compared of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Distributions are compared, as the paper has it.
    Softmax,
    /// Scaled scores are compared, as the released code has it.
    RawScores,
}

/// A batch of sequences with room for what the teacher makes of it, which all subnets of an update share.
#[derive(Debug)]
pub struct RelationBatch {
    /// The sequences, nothing masked.
    pub sequences: Sequences,
    taught: OnceCell<[Tensor; 3]>,
}

impl RelationBatch {
    /// Makes a batch of which the teacher has made nothing yet.
    pub fn new(sequences: Sequences) -> RelationBatch {
        RelationBatch { sequences, taught: OnceCell::new() }
    }
}

impl Batch for RelationBatch {
    /// Counts the sequences.
    fn weight(&self) -> i64 {
        self.sequences.lengths.len() as i64
    }
}

/// The network that is learned from.
#[derive(Debug)]
pub struct RelationTeacher {
    /// Its weights.
    pub weights: SubnetWeights,
    /// Its shape.
    pub arch: BertArch,
}

/// The task: to relate tokens as the teacher does.
#[derive(Debug)]
pub struct RelationDistil {
    layout: Arc<dyn Layout>,
    widest: BertArch,
    teacher: RelationTeacher,
    relation: Relation,
    /// Dropout while training; none turns it off.
    pub dropout: Option<Dropout>,
}

impl RelationDistil {
    /// Makes the task on networks of this layout, which is of a BERT space.
    pub fn new(
        layout: Arc<dyn Layout>,
        teacher: RelationTeacher,
        relation: Relation,
        dropout: Option<Dropout>,
    ) -> RelationDistil {
        let widest = BertArch::of(layout.space(), &layout.space().largest());
        RelationDistil { layout, widest, teacher, relation, dropout }
    }

    fn space(&self) -> &SearchSpace {
        self.layout.space()
    }

    /// Returns the summed losses of a batch's sequences for one subnet.
    fn loss(&self, weights: &SubnetWeights, batch: &RelationBatch, dropout: Option<Dropout>) -> Tensor {
        let arch = BertArch::of(self.space(), &weights.arch);
        let rates = Rates::new(&self.widest, &arch, dropout);
        let heads = self.teacher.arch.last_heads();
        let taught = batch.taught.get_or_init(|| tch::no_grad(|| self.teach(&batch.sequences, heads)));
        let encoder = Encoder::read(&mut Reader::new(&weights.leaves), &arch);
        let own = encoder.last_projections(&batch.sequences, &rates);
        let errors = own.iter().zip(taught).map(|(own, taught)| {
            squared_error(&relate(own, heads, self.relation, &batch.sequences), taught, &batch.sequences)
        });
        errors.reduce(|sum, error| sum + error).expect("three relations")
    }

    fn teach(&self, batch: &Sequences, heads: i64) -> [Tensor; 3] {
        let RelationTeacher { weights, arch } = &self.teacher;
        let rates = Rates::new(arch, arch, None);
        let projections = Encoder::read(&mut Reader::new(&weights.leaves), arch).last_projections(batch, &rates);
        projections.map(|projection| relate(&projection, heads, self.relation, batch))
    }
}

/// Counts the FLOPs of what relations are made of, and of the three products of projections with themselves.
fn flops(arch: &BertArch, batch: &RelationBatch) -> f64 {
    let of_length =
        |&length: &i64| arch.macs_to_last_projections(length) + 3 * length * length * arch.last_projection();
    2.0 * batch.sequences.lengths.iter().map(of_length).sum::<i64>() as f64
}

/// Relates the tokens of each sequence by a projection `[rows, length, width]`: `[rows, heads, length, length]`.
fn relate(projection: &Tensor, heads: i64, relation: Relation, batch: &Sequences) -> Tensor {
    let (rows, length, width) = projection.size3().expect("rows, length, width");
    let of_head = width / heads;
    // Relations differ by little, and are compared in float32 at least.
    let wide = widened(projection);
    let cut = wide.narrow(2, 0, of_head * heads).view([rows, length, heads, of_head]).transpose(1, 2);
    let scores = cut.matmul(&cut.transpose(-2, -1)) / (of_head as f64).sqrt();
    if relation == Relation::RawScores {
        return scores;
    }
    let scores = match &batch.padding {
        Some(padding) => scores.masked_fill(&padding.unsqueeze(1).unsqueeze(1), f64::NEG_INFINITY),
        None => scores,
    };
    scores.softmax(-1, None::<Kind>)
}

/// Returns the sum over sequences of the mean squared difference over heads and pairs of tokens that are no padding.
fn squared_error(own: &Tensor, taught: &Tensor, batch: &Sequences) -> Tensor {
    let mut squared = (own - taught).square();
    if let Some(padding) = &batch.padding {
        squared = squared.masked_fill(&padding.unsqueeze(1).unsqueeze(1), 0.0);
        squared = squared.masked_fill(&padding.unsqueeze(1).unsqueeze(-1), 0.0);
    }
    let heads = own.size()[1] as f64;
    let pairs: Vec<f64> = batch.lengths.iter().map(|&length| 1.0 / (heads * (length * length) as f64)).collect();
    let weights = Tensor::from_slice(&pairs).to_kind(own.kind()).to_device(own.device());
    squared.sum_dim_intlist([1i64, 2, 3].as_slice(), false, None::<Kind>).dot(&weights)
}

impl Task for RelationDistil {
    type Batch = RelationBatch;

    fn layout(&self) -> &Arc<dyn Layout> {
        &self.layout
    }

    fn gradients(&self, weights: &SubnetWeights, batch: &RelationBatch) -> (Tensor, Vec<Tensor>) {
        let loss = self.loss(weights, batch, self.dropout);
        // The masked-LM head takes no part, nor does what comes behind the last projections: their gradients are undefined.
        let grads = Tensor::run_backward(&[&loss], &weights.leaves, false, false);
        (loss.detach().to_kind(Kind::Float), grads)
    }

    fn losses(&self, weights: &SubnetWeights, batches: &[RelationBatch]) -> Losses {
        tch::no_grad(|| {
            let mut sum = Tensor::zeros([], (Kind::Double, weights.leaves[0].device()));
            let mut sequences = 0;
            for batch in batches {
                let _ = sum.g_add_(&self.loss(weights, batch, None));
                sequences += batch.weight();
            }
            let loss = sum.double_value(&[]) / sequences as f64;
            Losses { nll: loss, objective: loss }
        })
    }

    fn flops(&self, arch: &Arch, batch: &RelationBatch) -> f64 {
        flops(&BertArch::of(self.space(), arch), batch)
    }

    fn teacher_flops(&self, batch: &RelationBatch) -> f64 {
        flops(&self.teacher.arch, batch)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tch::Device;

    use super::*;

    /// `fixtures/bert/make_fixtures.py` is the recipe.
    const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bert/relation.safetensors");
    const HEADS: i64 = 3;

    #[test]
    fn the_loss_is_that_of_pytorch() {
        let fixture: HashMap<String, Tensor> = Tensor::read_safetensors(FIXTURE).unwrap().into_iter().collect();
        let lengths = Vec::<i64>::try_from(&fixture["lengths"]).unwrap();
        let size = fixture["student.q"].size();
        let ids = vec![0; (size[0] * size[1]) as usize];
        let batch = Sequences::new(&ids, None, lengths, Device::Cpu);
        let of = |who: &str, x: &str| fixture[&format!("{who}.{x}")].to_kind(Kind::Double);
        for (relation, name) in [(Relation::Softmax, "softmax"), (Relation::RawScores, "raw")] {
            let student = ["q", "k", "v"].map(|x| of("student", x).set_requires_grad(true));
            let taught = ["q", "k", "v"].map(|x| relate(&of("teacher", x), HEADS, relation, &batch));
            let errors = student.iter().zip(&taught);
            let errors =
                errors.map(|(own, taught)| squared_error(&relate(own, HEADS, relation, &batch), taught, &batch));
            let loss: Tensor = errors.sum();
            let expected = fixture[&format!("loss.{name}")].double_value(&[]);
            assert!((loss.double_value(&[]) / expected - 1.0).abs() < 1e-5, "{name}");
            if relation == Relation::Softmax {
                let grads = Tensor::run_backward(&[loss], &student, false, false);
                for (grad, x) in grads.iter().zip(["q", "k", "v"]) {
                    let difference = (grad - of("grad", x)).abs().max().double_value(&[]);
                    assert!(difference < 1e-7, "{x}: {difference}");
                }
            }
        }
    }
}
