//! `ArchEncoding`: what the router sees.

use super::{Arch, SearchSpace};

/// Length of the encoding.
pub const FEATURES: usize = 10;

/// The ten features of a subnet, divided by the space's norm.
pub type ArchEncoding = [f32; FEATURES];

impl SearchSpace {
    /// Encodes a subnet: encoder width, layers, mean FFN, mean heads; decoder width, layers, mean FFN, mean self heads,
    /// mean cross heads, mean attended layers; means over the active layers; each divided by [`Self::feature_norm`].
    pub fn encode(&self, arch: &Arch) -> ArchEncoding {
        self.features(arch).map(|f| f as f32)
    }

    /// The same before it is rounded to the router's float32.
    pub(super) fn features(&self, arch: &Arch) -> [f64; FEATURES] {
        let raw = self.raw_features(arch);
        std::array::from_fn(|i| raw[i] / self.feature_norm[i])
    }

    /// The features before they are divided by the norm, as HAT's latency tables hold them.
    pub fn raw_features(&self, arch: &Arch) -> [f64; FEATURES] {
        raw_features(arch)
    }

    /// The published norm's proportions applied to this space: its largest dims and layers, 2/3 of its largest FFN,
    /// 3/4 of its largest head count, arbitrary attention / 2.
    pub(super) fn scaled_norm(&self) -> [f64; FEATURES] {
        let top = |choices: &[i64]| choices.first().map_or(1.0, |&c| c as f64);
        let (ffn, heads) = (2.0 / 3.0, 3.0 / 4.0);
        [
            top(&self.encoder_embed_dims),
            top(&self.encoder_layers),
            top(&self.encoder_ffn_dims) * ffn,
            top(&self.encoder_heads) * heads,
            top(&self.decoder_embed_dims),
            top(&self.decoder_layers),
            top(&self.decoder_ffn_dims) * ffn,
            top(&self.decoder_self_heads) * heads,
            top(&self.decoder_cross_heads) * heads,
            2.0,
        ]
    }
}

fn raw_features(arch: &Arch) -> [f64; FEATURES] {
    let mean = |values: &[i64]| values.iter().sum::<i64>() as f64 / values.len().max(1) as f64;
    let attended: Vec<i64> = arch.decoder_arbitrary.iter().map(|&a| Arch::attended(a) as i64).collect();
    [
        arch.encoder_embed_dim as f64,
        arch.encoder_layers() as f64,
        mean(&arch.encoder_ffn_dims),
        mean(&arch.encoder_heads),
        arch.decoder_embed_dim as f64,
        arch.decoder_layers() as f64,
        mean(&arch.decoder_ffn_dims),
        mean(&arch.decoder_self_heads),
        mean(&arch.decoder_cross_heads),
        mean(&attended),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector, in the order of HAT's `get_config_features`.
    const PUBLISHED: [f64; FEATURES] = [640.0, 6.0, 2048.0, 6.0, 640.0, 6.0, 2048.0, 6.0, 6.0, 2.0];

    #[test]
    fn the_scaling_rule_gives_the_published_norm_on_the_published_space() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        assert_eq!(space.feature_norm, PUBLISHED);
        assert_eq!(space.scaled_norm(), PUBLISHED);
        assert_eq!(SearchSpace::find("iwslt14-de-en").unwrap().feature_norm, PUBLISHED);
    }

    #[test]
    fn the_router_sees_a_scaled_space_as_widely_as_the_published_one() {
        for name in ["scaled-smoke", "scaled-quick", "scaled-cpu"] {
            let space = SearchSpace::find(name).unwrap();
            let (large, small) = (space.encode(&space.largest()), space.encode(&space.smallest()));
            for i in [0, 2, 3, 4, 5, 6, 7, 8] {
                assert!(large[i] - small[i] >= 0.2, "{name}: feature {i} is nearly constant");
            }
        }
    }
}
