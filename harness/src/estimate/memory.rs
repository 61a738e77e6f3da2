//! Peak memory of a training, from what autograd keeps: `reproduce --max-updates` holds it against what was used.

use mos_baselines::layout::dense_shapes;
use mos_baselines::space::{Arch, SearchSpace};

use super::mean_length;
use crate::spec::TrainSpec;

/// A process with libtorch and a corpus, before it holds a model, in bytes.
pub const BASE: f64 = 350e6;
/// Bytes of a float32.
const FLOAT: f64 = 4.0;

/// A training whose memory is asked for.
pub struct Training<'a> {
    /// What it is.
    pub spec: &'a TrainSpec,
    /// The widest subnet that it passes.
    pub widest: &'a Arch,
    /// Master weights.
    pub params: f64,
    /// On a GPU activations are bf16, and every subnet's weights are copied into that type.
    pub on_gpu: bool,
}

impl Training<'_> {
    /// Bytes at the peak of an update: master weights, gradients and two moments in float32, on a GPU also
    /// the optimiser's scratch; the widest subnet's own
    /// gradients, and merged weights where there are experts; activations of one micro-batch; the logits, twice.
    pub fn bytes(&self, space: &SearchSpace, vocab: i64) -> f64 {
        let dense = dense_shapes(space, self.widest, vocab).iter().map(|s| s.numel()).sum::<i64>() as f64;
        let tokens = self.spec.batch_tokens as f64;
        let compute = if self.on_gpu { FLOAT / 2.0 } else { FLOAT };
        let copied = if self.on_gpu || self.params > dense { dense } else { 0.0 };
        // The logits (float32 at their softmax) go before the backward pass brings the leaves' gradients.
        let logits = 2.0 * tokens * vocab as f64 * FLOAT;
        let buffers = if self.on_gpu { 5.0 } else { 4.0 };
        let kept = compute * (tokens * activations(space, self.widest, self.spec) + copied);
        BASE + FLOAT * buffers * self.params + kept + logits.max(compute * dense)
    }
}

/// Floats that one token leaves for the backward pass (source and target sides taken as equally long).
fn activations(space: &SearchSpace, arch: &Arch, t: &TrainSpec) -> f64 {
    let (d, q) = (arch.encoder_embed_dim as f64, space.qkv_dim as f64);
    let length = mean_length(t.longest_pair);
    // A residual block: dropout mask, sum, normed sum.
    let residual = 3.0 * d;
    // Queries, keys and values are projected by the caller; their scaled copies, mixed values, and these as rows again.
    // Attention dropout keeps libtorch from its fused kernel: probabilities, mask and product stand a key.
    let attention = |heads: i64, keys: f64| {
        let probabilities = if t.attention_dropout > 0.0 { 3.0 * heads as f64 * keys * length + 2.0 * q } else { 0.0 };
        2.0 * q + probabilities + residual
    };
    let encoder: f64 = arch
        .encoder_ffn_dims
        .iter()
        .zip(&arch.encoder_heads)
        .map(|(&ffn, &heads)| 3.0 * q + attention(heads, 1.0) + ffn as f64 + residual)
        .sum();
    let layers = arch.decoder_ffn_dims.iter().zip(&arch.decoder_self_heads);
    let cross = arch.decoder_cross_heads.iter().zip(&arch.decoder_arbitrary);
    let decoder: f64 = layers
        .zip(cross)
        .map(|((&ffn, &own), (&cross, &arbitrary))| {
            let attended = Arch::attended(arbitrary) as f64;
            let keys = q + 2.0 * q * attended + attention(cross, attended);
            3.0 * q + attention(own, 1.0) + keys + ffn as f64 + residual
        })
        .sum();
    // Embeddings with positions and their masks, on both sides.
    encoder + decoder + 4.0 * d
}
