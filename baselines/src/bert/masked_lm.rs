//! Makes masked-LM pre-training a task of the trainer.

use std::sync::Arc;

use mos_spaces::bert::view::BertArch;
use mos_spaces::layout::Layout;
use mos_spaces::{Arch, SearchSpace};
use tch::{Kind, Tensor};

use super::batch::MaskedSequences;
use super::model::Subnet;
use super::rates::{Dropout, Rates};
use super::soft::Teacher;
use crate::layers::head::{Head, head};
use crate::supernet::weights::SubnetWeights;
use crate::training::task::{Batch, Losses, Task};

/// The task: cross-entropy of masked tokens.
#[derive(Debug)]
pub struct MaskedLm {
    layout: Arc<dyn Layout>,
    widest: BertArch,
    /// Dropout while training; none turns it off.
    pub dropout: Option<Dropout>,
    /// A network whose predictions are learned, too.
    pub teacher: Option<Teacher>,
}

/// How well a subnet predicts the masked tokens of each sequence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SequenceScores {
    /// Summed negative log-likelihood of each sequence's masked tokens, in nats.
    pub nll: Vec<f64>,
    /// Number of masked tokens of each sequence.
    pub masked: Vec<i64>,
    /// Number of masked tokens whose most likely piece is the right one.
    pub right: i64,
}

impl SequenceScores {
    /// Returns the mean loss, in nats a masked token.
    pub fn loss(&self) -> f64 {
        self.nll.iter().sum::<f64>() / self.masked.iter().sum::<i64>() as f64
    }

    /// Returns the share of masked tokens that are predicted rightly.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.masked.iter().sum::<i64>() as f64
    }
}

impl MaskedLm {
    /// Makes the task on networks of this layout, which is of a BERT space.
    pub fn new(layout: Arc<dyn Layout>, dropout: Option<Dropout>) -> MaskedLm {
        let widest = BertArch::of(layout.space(), &layout.space().largest());
        MaskedLm { layout, widest, dropout, teacher: None }
    }

    fn space(&self) -> &SearchSpace {
        self.layout.space()
    }

    fn view(&self, arch: &Arch) -> BertArch {
        BertArch::of(self.space(), arch)
    }

    /// Scores a subnet sequence by sequence, without dropout. It waits for the device once a batch.
    pub fn scores(&self, weights: &SubnetWeights, batches: &[MaskedSequences]) -> SequenceScores {
        let arch = self.view(&weights.arch);
        let subnet = Subnet::new(weights, &arch);
        let mut scores = SequenceScores::default();
        tch::no_grad(|| {
            for batch in batches {
                let logits = subnet.logits(&batch.sequences, &batch.places).to_kind(Kind::Float);
                let nll = -logits.log_softmax(-1, Kind::Float).gather(1, &batch.targets.unsqueeze(1), false);
                let right = logits.argmax(-1, false).eq_tensor(&batch.targets).sum(Kind::Int64);
                let nll = Vec::<f64>::try_from(nll.squeeze_dim(1).to_kind(Kind::Double)).expect("one loss a token");
                let mut rest = nll.as_slice();
                for &masked in &batch.masked {
                    let (own, others) = rest.split_at(masked as usize);
                    scores.nll.push(own.iter().sum());
                    rest = others;
                }
                scores.masked.extend(&batch.masked);
                scores.right += right.int64_value(&[]);
            }
        });
        scores
    }
}

impl Task for MaskedLm {
    type Batch = MaskedSequences;

    fn layout(&self) -> &Arc<dyn Layout> {
        &self.layout
    }

    fn gradients(&self, weights: &SubnetWeights, batch: &MaskedSequences) -> (Tensor, Vec<Tensor>) {
        let arch = self.view(&weights.arch);
        let subnet = Subnet::new(weights, &arch);
        let rates = Rates::new(&self.widest, &arch, self.dropout);
        let states = subnet.predicting(&batch.sequences, &batch.places, &rates);
        let (output, bias) = subnet.output();
        let soft = self.teacher.as_ref().map(|teacher| teacher.soft_targets(batch));
        let result =
            head(&states, Head { output, bias: Some(bias), smoothing: 0.0, soft: soft.as_ref() }, &batch.targets, true);
        let head_grads = result.grads.expect("asked for");
        let scalar = (&states * head_grads.states).sum(None::<Kind>);
        let mut grads = Tensor::run_backward(&[scalar], &weights.leaves, false, false);
        // The head's derivative is written out, so autograd has not seen its part of these.
        let leaves = Subnet::head_leaves(grads.len());
        add(&mut grads[leaves.output], head_grads.output);
        add(&mut grads[leaves.bias], head_grads.bias.expect("the head has a bias"));
        (result.loss, grads)
    }

    fn losses(&self, weights: &SubnetWeights, batches: &[MaskedSequences]) -> Losses {
        tch::no_grad(|| {
            let arch = self.view(&weights.arch);
            let subnet = Subnet::new(weights, &arch);
            let rates = Rates::new(&self.widest, &arch, None);
            let mut sum = Tensor::zeros([], (Kind::Double, weights.leaves[0].device()));
            let mut masked = 0;
            for batch in batches {
                let states = subnet.predicting(&batch.sequences, &batch.places, &rates);
                let (output, bias) = subnet.output();
                let settings = Head { output, bias: Some(bias), smoothing: 0.0, soft: None };
                let _ = sum.g_add_(&head(&states, settings, &batch.targets, false).nll);
                masked += batch.weight();
            }
            let nll = sum.double_value(&[]) / masked as f64;
            Losses { nll, objective: nll }
        })
    }

    fn flops(&self, arch: &Arch, batch: &MaskedSequences) -> f64 {
        let (view, vocab) = (self.view(arch), self.layout.vocab());
        let encoder: i64 = batch.sequences.lengths.iter().map(|&length| view.macs(length)).sum();
        let of_place = view.stream * view.stream + view.stream * vocab;
        2.0 * (encoder + batch.weight() * of_place) as f64
    }

    fn teacher_flops(&self, batch: &MaskedSequences) -> f64 {
        self.teacher.as_ref().map_or(0.0, |teacher| teacher.flops(batch, self.layout.vocab()))
    }
}

/// Adds a gradient to a leaf's, which may not be there yet.
pub(super) fn add(sum: &mut Tensor, grad: Tensor) {
    tch::no_grad(|| {
        if sum.defined() {
            let _ = sum.g_add_(&grad);
        } else {
            *sum = grad;
        }
    });
}
