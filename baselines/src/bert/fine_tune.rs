//! Makes fine-tuning on labelled examples a task of the trainer.

use std::sync::Arc;

use mos_spaces::bert::view::BertArch;
use mos_spaces::layout::Layout;
use mos_spaces::{Arch, SearchSpace};
use tch::{Kind, Tensor};

use super::batch::Sequences;
use super::examples::Examples;
use super::fine_tune_layout::{FineTuneLayout, Pooling};
use super::model::Encoder;
use super::rates::{Dropout, Rates};
use crate::layers::affine::Linear;
use crate::layers::dropout::dropout as drop;
use crate::layers::reader::Reader;
use crate::supernet::weights::SubnetWeights;
use crate::training::task::{Batch, Losses, Task};

/// What is learned of an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Its class, of so many: the loss is cross-entropy.
    Classes(i64),
    /// Its rating: the loss is the squared error.
    Rating,
}

impl Target {
    /// Returns how many numbers the head gives.
    pub fn outputs(self) -> i64 {
        match self {
            Target::Classes(classes) => classes,
            Target::Rating => 1,
        }
    }
}

/// A fine-tuned network whose logits are learned, too.
#[derive(Debug)]
pub struct TaskTeacher {
    /// Its weights.
    pub weights: SubnetWeights,
    /// The task on its own layout.
    pub task: Box<FineTune>,
    /// Share of the loss that is the cross-entropy of its predictions; MoS's released code has 0.5.
    pub share: f64,
}

/// The task: to label examples.
#[derive(Debug)]
pub struct FineTune {
    layout: Arc<dyn Layout>,
    pooling: Pooling,
    widest: BertArch,
    target: Target,
    /// Dropout while training; none turns it off.
    pub dropout: Option<Dropout>,
    /// What is learned beside the labels of classes.
    pub teacher: Option<TaskTeacher>,
}

/// The encoder with its head.
struct Subnet {
    encoder: Encoder,
    pooler: Option<Linear>,
    output: Linear,
}

impl FineTune {
    /// Makes the task of a target on networks of this layout.
    pub fn new(layout: FineTuneLayout, target: Target, dropout: Option<Dropout>) -> FineTune {
        let widest = BertArch::of(layout.space(), &layout.space().largest());
        let pooling = layout.pooling();
        FineTune { layout: Arc::new(layout), pooling, widest, target, dropout, teacher: None }
    }

    fn space(&self) -> &SearchSpace {
        self.layout.space()
    }

    /// Computes the head's outputs, `[rows, outputs]`.
    fn outputs(&self, weights: &SubnetWeights, batch: &Sequences, dropout: Option<Dropout>) -> Tensor {
        let arch = BertArch::of(self.space(), &weights.arch);
        let mut reader = Reader::new(&weights.leaves);
        let encoder = Encoder::read(&mut reader, &arch);
        let pooler = (self.pooling == Pooling::Cls).then(|| reader.linear());
        let subnet = Subnet { encoder, pooler, output: reader.linear() };
        let rates = Rates::new(&self.widest, &arch, dropout);
        let states = subnet.encoder.states(batch, &rates);
        let pooled = match &subnet.pooler {
            Some(pooler) => pooler.forward(&states.select(1, 0)).tanh(),
            None => mean_state(&states, batch),
        };
        subnet.output.forward(&drop(&pooled, rates.embedding, rates.train))
    }

    /// Returns the losses of a batch, summed over its examples: the one that is minimised and the one of the labels alone.
    fn loss(&self, outputs: &Tensor, batch: &Examples) -> (Tensor, Tensor) {
        match self.target {
            Target::Classes(_) => {
                let log_p = outputs.log_softmax(-1, Kind::Float);
                let own = -log_p.gather(1, &batch.labels.unsqueeze(1), false).sum(Kind::Float);
                let Some(teacher) = &self.teacher else { return (own.shallow_clone(), own) };
                let soft = tch::no_grad(|| {
                    teacher.task.outputs(&teacher.weights, &batch.sequences, None).softmax(-1, Kind::Float)
                });
                let taught = -(log_p * soft).sum(Kind::Float);
                (&own * (1.0 - teacher.share) + taught * teacher.share, own)
            }
            Target::Rating => {
                let error = outputs.squeeze_dim(1).to_kind(Kind::Float) - &batch.labels;
                let loss = error.square().sum(Kind::Float);
                (loss.shallow_clone(), loss)
            }
        }
    }

    /// Labels examples without dropout: the head's outputs of each, one row an example. It waits for the device.
    pub fn predictions(&self, weights: &SubnetWeights, batches: &[Examples]) -> Vec<Vec<f64>> {
        let of_batch = |batch: &Examples| {
            let outputs = tch::no_grad(|| self.outputs(weights, &batch.sequences, None).to_kind(Kind::Double));
            Vec::<Vec<f64>>::try_from(outputs).expect("a matrix")
        };
        batches.iter().flat_map(of_batch).collect()
    }
}

/// Returns the mean of each sequence's states, padding left out, `[rows, width]`.
fn mean_state(states: &Tensor, batch: &Sequences) -> Tensor {
    let sum = match &batch.padding {
        Some(padding) => states.masked_fill(&padding.unsqueeze(-1), 0.0),
        None => states.shallow_clone(),
    };
    let sum = sum.sum_dim_intlist(1, false, None::<Kind>);
    let lengths = Tensor::from_slice(&batch.lengths).to_kind(states.kind()).unsqueeze(1);
    sum / lengths.to_device(states.device())
}

impl Task for FineTune {
    type Batch = Examples;

    fn layout(&self) -> &Arc<dyn Layout> {
        &self.layout
    }

    fn gradients(&self, weights: &SubnetWeights, batch: &Examples) -> (Tensor, Vec<Tensor>) {
        let outputs = self.outputs(weights, &batch.sequences, self.dropout);
        let (loss, _) = self.loss(&outputs, batch);
        let grads = Tensor::run_backward(&[&loss], &weights.leaves, false, false);
        (loss.detach(), grads)
    }

    /// The loss by which subnets are compared is that of the labels alone: nats, or the squared error of ratings.
    fn losses(&self, weights: &SubnetWeights, batches: &[Examples]) -> Losses {
        tch::no_grad(|| {
            let zero = || Tensor::zeros([], (Kind::Double, weights.leaves[0].device()));
            let (mut nll, mut objective, mut examples) = (zero(), zero(), 0);
            for batch in batches {
                let (loss, own) = self.loss(&self.outputs(weights, &batch.sequences, None), batch);
                let _ = nll.g_add_(&own);
                let _ = objective.g_add_(&loss);
                examples += batch.weight();
            }
            let mean = |sum: Tensor| sum.double_value(&[]) / examples as f64;
            Losses { nll: mean(nll), objective: mean(objective) }
        })
    }

    fn flops(&self, arch: &Arch, batch: &Examples) -> f64 {
        let view = BertArch::of(self.space(), arch);
        let encoder: i64 = batch.sequences.lengths.iter().map(|&length| view.macs(length)).sum();
        let pooler = if self.pooling == Pooling::Cls { view.stream * view.stream } else { 0 };
        2.0 * (encoder + batch.weight() * (pooler + view.stream * self.target.outputs())) as f64
    }

    fn teacher_flops(&self, batch: &Examples) -> f64 {
        match (self.target, &self.teacher) {
            (Target::Classes(_), Some(teacher)) => teacher.task.flops(&teacher.weights.arch, batch),
            _ => 0.0,
        }
    }
}
