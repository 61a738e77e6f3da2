//! Estimates what an example of translation costs.

use mos_spaces::hat::count::forward_flops;
use mos_spaces::hat::view::HatArch;
use mos_spaces::latency::protocol::Protocol;
use mos_spaces::{Arch, SearchSpace};

use super::cost::ExampleCost;
use crate::profile::translation::TranslationProfile;
use crate::spec::scoring::ScoringSpec;

/// Mean length of a pair as a share of the longest that is kept.
const MEAN_LENGTH: f64 = 0.6;
/// Share of a micro-batch's tokens that are not padding; length bucketing keeps it high.
const FILLED: f64 = 0.9;
/// Held-out pairs of the default corpora, then of WMT.
const HELD_OUT_PAIRS: [f64; 2] = [900.0, 3000.0];

/// The costs of translation.
#[derive(Debug)]
pub struct TranslationCost<'a> {
    space: &'a SearchSpace,
    task: &'a TranslationProfile,
    held_out: f64,
}

impl<'a> TranslationCost<'a> {
    /// Makes the formulas for a corpus, which need not be here.
    pub fn new(space: &'a SearchSpace, task: &'a TranslationProfile, dataset: &str) -> TranslationCost<'a> {
        let is_wmt = dataset.starts_with("wmt");
        TranslationCost { space, task, held_out: HELD_OUT_PAIRS[usize::from(is_wmt)] }
    }

    /// Returns the mean length of the pairs that are kept, in tokens a side.
    fn mean_length(&self) -> f64 {
        // Sentences are rarely longer than 60 tokens, however long a pair may be.
        (self.task.longest_pair.min(60) as f64 * MEAN_LENGTH).max(1.0)
    }

    /// Returns the forward FLOPs of a pair of these lengths with the output projection.
    fn forward_at(&self, arch: &Arch, source: i64, target: i64) -> f64 {
        forward_flops(self.space, arch, source, target, self.task.vocab_size as i64) as f64
    }

    /// Returns the floats that one token leaves for the backward pass, source and target sides taken as equally long.
    fn activations_of_token(&self, arch: &Arch) -> f64 {
        let hat = HatArch::of(arch);
        let (d, q) = (hat.encoder_width as f64, self.space.hat().qkv_dim as f64);
        let (length, dropped) = (self.mean_length(), self.task.attention_dropout > 0.0);
        // A residual block keeps its dropout mask, the sum and the normed sum.
        let residual = 3.0 * d;
        // The caller projects queries, keys and values; kept are their scaled copies, the mixed values, and these as
        // rows again. Attention dropout keeps libtorch from its fused kernel: probabilities, mask and product stand a key.
        let attention = |heads: i64, keys: f64| {
            let probabilities = if dropped { 3.0 * heads as f64 * keys * length + 2.0 * q } else { 0.0 };
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
}

impl ExampleCost for TranslationCost<'_> {
    fn forward(&self, arch: &Arch) -> f64 {
        let length = self.mean_length().round() as i64;
        self.forward_at(arch, length, length)
    }

    fn tokens(&self) -> f64 {
        self.mean_length()
    }

    fn examples(&self, batch_tokens: usize) -> f64 {
        batch_tokens as f64 * FILLED / self.mean_length()
    }

    fn width(&self, arch: &Arch) -> i64 {
        HatArch::of(arch).encoder_width
    }

    fn activations(&self, arch: &Arch, batch_tokens: usize) -> f64 {
        batch_tokens as f64 * self.activations_of_token(arch)
    }

    fn predictions(&self, batch_tokens: usize) -> f64 {
        batch_tokens as f64
    }

    fn held_out(&self) -> f64 {
        self.held_out
    }

    fn ranked(&self) -> f64 {
        self.held_out
    }

    fn decoded(&self, scoring: &ScoringSpec) -> f64 {
        let decode = scoring.translation();
        let pairs = if decode.pairs == 0 { self.held_out } else { decode.pairs as f64 };
        pairs * decode.splits.len() as f64 * decode.beam as f64
    }

    fn latency_run(&self, arch: &Arch, protocol: &Protocol) -> f64 {
        self.forward_at(arch, protocol.length, protocol.beam * protocol.length)
    }
}
