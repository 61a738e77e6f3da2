//! Makes soft targets of a teacher's predictions (Hinton et al., 2015): logit distillation.

use std::rc::Rc;

use mos_spaces::bert::view::BertArch;
use tch::{Kind, Tensor};

use super::batch::MaskedSequences;
use super::model::Subnet;
use crate::layers::head::SoftTargets;
use crate::supernet::weights::SubnetWeights;

/// A network whose predictions of masked tokens are learned beside the tokens themselves.
#[derive(Clone, Debug)]
pub struct Teacher {
    /// Its weights.
    pub weights: Rc<SubnetWeights>,
    /// Its shape.
    pub arch: BertArch,
    /// Share of the loss that is the cross-entropy of its predictions; NAS-BERT has 0.5.
    pub share: f64,
}

impl Teacher {
    /// Computes what the teacher predicts at the masked places, `[n, vocab]`, which add up to 1.
    pub fn soft_targets(&self, batch: &MaskedSequences) -> SoftTargets {
        let probabilities = tch::no_grad(|| {
            let logits = Subnet::new(&self.weights, &self.arch).logits(&batch.sequences, &batch.places);
            logits.softmax(-1, Kind::Float)
        });
        SoftTargets { probabilities, share: self.share }
    }

    /// Counts the teacher's FLOPs on a batch: it runs forward only.
    pub fn flops(&self, batch: &MaskedSequences, vocab: i64) -> f64 {
        let encoder: i64 = batch.sequences.lengths.iter().map(|&length| self.arch.macs(length)).sum();
        let places = Tensor::size(&batch.places)[0];
        2.0 * (encoder + places * (self.arch.stream * self.arch.stream + self.arch.stream * vocab)) as f64
    }
}
