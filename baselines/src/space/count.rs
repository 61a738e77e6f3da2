//! Parameters and FLOPs by formula (verified against every published figure).

use super::{Arch, SearchSpace};

/// Parameters of the active layers: no embeddings, positions or output projection. Heads and arbitrary attention do not
/// matter.
pub fn params(space: &SearchSpace, arch: &Arch) -> i64 {
    let (q, e, d) = (space.qkv_dim, arch.encoder_embed_dim, arch.decoder_embed_dim);
    let attention = |width: i64| 3 * q * width + 3 * q + q * width + width + 2 * width;
    let ffn = |width: i64, f: i64| width * f + f + f * width + width + 2 * width;
    let encoder: i64 = arch.encoder_ffn_dims.iter().map(|&f| attention(e) + ffn(e, f)).sum();
    let cross = q * d + 2 * q * e + 3 * q + q * d + d + 2 * d;
    let decoder: i64 = arch.decoder_ffn_dims.iter().map(|&f| attention(d) + cross + ffn(d, f)).sum();
    encoder + decoder
}

/// FLOPs of one pair at the space's length, without the output projection, with the scalar products that the
/// published profiler traced (156 + 12 a decoder layer).
pub fn flops(space: &SearchSpace, arch: &Arch) -> i64 {
    let n = space.flops_length;
    body_flops(space, arch, n, n) + 156 + 12 * arch.decoder_layers() as i64
}

/// Forward FLOPs of one pair of the given lengths with the output projection onto `vocab` rows.
pub fn forward_flops(space: &SearchSpace, arch: &Arch, source_len: i64, target_len: i64, vocab: i64) -> i64 {
    body_flops(space, arch, source_len, target_len) + 2 * target_len * arch.decoder_embed_dim * vocab
}

fn body_flops(space: &SearchSpace, arch: &Arch, s: i64, t: i64) -> i64 {
    let (q, e, d) = (space.qkv_dim, arch.encoder_embed_dim, arch.decoder_embed_dim);
    let encoder_layer = |f: i64| s * (4 * q * e + 2 * e * f) + 2 * s * s * q + 2 * s * e + s * q;
    let decoder_layer = |f: i64, arbitrary: i64| {
        let keys = Arch::attended(arbitrary) as i64 * s;
        t * (4 * q * d + 2 * d * f)
            + 2 * t * q * d
            + 2 * keys * q * e
            + 2 * t * t * q
            + 2 * t * keys * q
            + 3 * t * d
            + 2 * t * q
    };
    let encoder: i64 = arch.encoder_ffn_dims.iter().map(|&f| encoder_layer(f)).sum();
    let decoder: i64 =
        arch.decoder_ffn_dims.iter().zip(&arch.decoder_arbitrary).map(|(&f, &a)| decoder_layer(f, a)).sum();
    2 * (encoder + decoder + s * e + t * d)
}
