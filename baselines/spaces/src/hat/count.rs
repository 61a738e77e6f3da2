//! Counts parameters and FLOPs of HAT's architectures by formulas, which are verified against every published figure.

use super::view::HatArch;
use crate::arch::Arch;
use crate::space::SearchSpace;

/// Counts the parameters of the active layers, without embeddings, positions and output projection. Heads and arbitrary
/// attention do not matter.
pub fn params(space: &SearchSpace, arch: &Arch) -> i64 {
    let hat = HatArch::of(arch);
    let (q, e, d) = (space.hat().qkv_dim, hat.encoder_width, hat.decoder_width);
    let attention = |width: i64| 3 * q * width + 3 * q + q * width + width + 2 * width;
    let ffn = |width: i64, f: i64| width * f + f + f * width + width + 2 * width;
    let encoder: i64 = hat.encoder_ffn.iter().map(|&f| attention(e) + ffn(e, f)).sum();
    let cross = q * d + 2 * q * e + 3 * q + q * d + d + 2 * d;
    let decoder: i64 = hat.decoder_ffn.iter().map(|&f| attention(d) + cross + ffn(d, f)).sum();
    encoder + decoder
}

/// Counts the FLOPs of one pair at the space's length, without the output projection but with the scalar products that
/// the published profiler traced (156 + 12 a decoder layer).
pub fn flops(space: &SearchSpace, arch: &Arch) -> i64 {
    let n = space.flops_length;
    body_flops(space, arch, n, n) + 156 + 12 * HatArch::of(arch).decoder_ffn.len() as i64
}

/// Counts the forward FLOPs of one pair of the given lengths with the output projection onto `vocab` rows.
pub fn forward_flops(space: &SearchSpace, arch: &Arch, source_len: i64, target_len: i64, vocab: i64) -> i64 {
    body_flops(space, arch, source_len, target_len) + 2 * target_len * HatArch::of(arch).decoder_width * vocab
}

fn body_flops(space: &SearchSpace, arch: &Arch, s: i64, t: i64) -> i64 {
    let hat = HatArch::of(arch);
    let (q, e, d) = (space.hat().qkv_dim, hat.encoder_width, hat.decoder_width);
    let encoder_layer = |f: i64| s * (4 * q * e + 2 * e * f) + 2 * s * s * q + 2 * s * e + s * q;
    let decoder_layer = |f: i64, attended: usize| {
        let keys = attended as i64 * s;
        t * (4 * q * d + 2 * d * f)
            + 2 * t * q * d
            + 2 * keys * q * e
            + 2 * t * t * q
            + 2 * t * keys * q
            + 3 * t * d
            + 2 * t * q
    };
    let encoder: i64 = hat.encoder_ffn.iter().map(|&f| encoder_layer(f)).sum();
    let decoder: i64 = hat.decoder_ffn.iter().zip(hat.all_attended()).map(|(&f, a)| decoder_layer(f, a)).sum();
    2 * (encoder + decoder + s * e + t * d)
}

/// Says what the two counts hold.
pub fn legend(space: &SearchSpace) -> String {
    let n = space.flops_length;
    format!("parameters without embeddings; FLOPs of one pair of {n} + {n} tokens; both without the output projection")
}
