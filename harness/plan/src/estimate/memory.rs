//! Estimates the peak memory of a training from what autograd keeps. `reproduce --max-updates` compares it with what
//! was used.

use mos_spaces::catalog::layout_of;
use mos_spaces::params::numel;
use mos_spaces::{Arch, SearchSpace};

use super::cost::ExampleCost;
use crate::spec::precision::Precision;
use crate::spec::training::TrainSpec;

/// Bytes of a process with libtorch and a corpus, before it holds a model.
pub const BASE: f64 = 350e6;
/// Bytes of a float32.
const FLOAT: f64 = 4.0;

/// A training whose memory is asked for.
pub struct Training<'a> {
    /// What it trains, and how.
    pub spec: &'a TrainSpec,
    /// The widest subnet that it passes.
    pub widest: &'a Arch,
    /// Master weights.
    pub params: f64,
    /// Whether it runs on a GPU, whose optimiser's scratch is as long as the weights.
    pub on_gpu: bool,
}

impl Training<'_> {
    /// Returns the bytes at the peak of an update: master weights, gradients and two moments in float32, on a GPU also
    /// the optimiser's scratch; the widest subnet's own gradients, and merged weights where there are experts;
    /// activations of one micro-batch; the logits, twice.
    pub fn bytes(&self, space: &SearchSpace, vocab: i64, cost: &dyn ExampleCost) -> f64 {
        let dense = numel(&layout_of(space, vocab).specs(self.widest)) as f64;
        let tokens = self.spec.batch_tokens;
        // Where products are bf16, so are activations, and every subnet's weights are copied into that type.
        let in_bf16 = self.spec.precision == Precision::Bf16;
        let compute = if in_bf16 { FLOAT / 2.0 } else { FLOAT };
        let copied = if in_bf16 || self.params > dense { dense } else { 0.0 };
        // The logits (float32 at their softmax) go before the backward pass brings the leaves' gradients.
        let logits = 2.0 * cost.predictions(tokens) * vocab as f64 * FLOAT;
        let buffers = if self.on_gpu { 5.0 } else { 4.0 };
        let kept = compute * (cost.activations(self.widest, tokens) + copied);
        BASE + FLOAT * buffers * self.params + kept + logits.max(compute * dense)
    }
}
