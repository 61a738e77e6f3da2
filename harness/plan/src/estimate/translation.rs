//! Estimates what an example of translation costs.

use mos_spaces::hat::count::forward_flops;
use mos_spaces::hat::view::HatArch;
use mos_spaces::{Arch, SearchSpace};

use crate::spec::task::TranslationSpec;

/// Mean length of a pair as a share of the longest that is kept.
const MEAN_LENGTH: f64 = 0.6;

/// Returns the mean length of the pairs that are kept, in tokens a side.
pub fn mean_length(longest_pair: usize) -> f64 {
    // Sentences are rarely longer than 60 tokens, however long a pair may be.
    (longest_pair.min(60) as f64 * MEAN_LENGTH).max(1.0)
}

/// Returns the width that decides how well products use the machine.
pub fn width(arch: &Arch) -> i64 {
    HatArch::of(arch).encoder_width
}

/// Returns the forward FLOPs of a pair of these lengths with the output projection.
pub fn forward_at(space: &SearchSpace, arch: &Arch, source: i64, target: i64, vocab: usize) -> f64 {
    forward_flops(space, arch, source, target, vocab as i64) as f64
}

/// Returns the forward FLOPs of a pair of mean length with the output projection.
pub fn forward_of_mean_pair(space: &SearchSpace, arch: &Arch, longest_pair: usize, vocab: usize) -> f64 {
    let length = mean_length(longest_pair).round() as i64;
    forward_at(space, arch, length, length, vocab)
}

/// Returns the floats that one token leaves for the backward pass, source and target sides taken as equally long.
pub fn activations(space: &SearchSpace, arch: &Arch, t: &TranslationSpec) -> f64 {
    let hat = HatArch::of(arch);
    let (d, q) = (hat.encoder_width as f64, space.hat().qkv_dim as f64);
    let length = mean_length(t.longest_pair);
    // A residual block keeps its dropout mask, the sum and the normed sum.
    let residual = 3.0 * d;
    // The caller projects queries, keys and values; kept are their scaled copies, the mixed values, and these as rows
    // again. Attention dropout keeps libtorch from its fused kernel: probabilities, mask and product stand a key.
    let attention = |heads: i64, keys: f64| {
        let probabilities = if t.attention_dropout > 0.0 { 3.0 * heads as f64 * keys * length + 2.0 * q } else { 0.0 };
        2.0 * q + probabilities + residual
    };
    let encoder: f64 = hat
        .encoder_ffn
        .iter()
        .zip(hat.encoder_heads)
        .map(|(&ffn, &heads)| 3.0 * q + attention(heads, 1.0) + ffn as f64 + residual)
        .sum();
    let layers = hat.decoder_ffn.iter().zip(hat.decoder_self_heads);
    let cross = hat.decoder_cross_heads.iter().zip(hat.all_attended());
    let decoder: f64 = layers
        .zip(cross)
        .map(|((&ffn, &own), (&cross, attended))| {
            let attended = attended as f64;
            let keys = q + 2.0 * q * attended + attention(cross, attended);
            3.0 * q + attention(own, 1.0) + keys + ffn as f64 + residual
        })
        .sum();
    // Embeddings with positions and their masks are kept on both sides.
    encoder + decoder + 4.0 * d
}
