//! Encodes an architecture as the router sees it.

use crate::arch::Arch;
use crate::field::{Field, Norm, Scope};
use crate::space::SearchSpace;

/// The features of a subnet, one for each field of its family, divided by the space's norm.
pub type ArchEncoding = Vec<f32>;

impl SearchSpace {
    /// Encodes a subnet. It has a value for each field in the order of the family's table: the mean over the active
    /// layers where the field is chosen layer by layer. Each is divided by [`Self::feature_norm`].
    pub fn encode(&self, arch: &Arch) -> ArchEncoding {
        self.features(arch).into_iter().map(|f| f as f32).collect()
    }

    /// Returns the same numbers before they are rounded to the router's float32.
    pub fn features(&self, arch: &Arch) -> Vec<f64> {
        self.raw_features(arch).iter().zip(&self.feature_norm).map(|(raw, norm)| raw / norm).collect()
    }

    /// Returns the features before they are divided by the norm, as HAT's latency tables hold them.
    pub fn raw_features(&self, arch: &Arch) -> Vec<f64> {
        let raw = |(i, field): (usize, &Field)| {
            let values = arch.values(i);
            match field.scope {
                Scope::Net | Scope::Depth => values[0] as f64,
                Scope::Layer => {
                    values.iter().map(|&v| (field.counts_as)(v)).sum::<i64>() as f64 / values.len().max(1) as f64
                }
            }
        };
        self.family.fields.iter().enumerate().map(raw).collect()
    }

    /// Applies the proportions of the published norm to this space, as the fields' table declares them.
    pub(crate) fn scaled_norm(&self) -> Vec<f64> {
        let norm = |(field, choices): (&Field, &Vec<i64>)| match field.norm {
            Norm::Widest(share) => choices.first().map_or(1.0, |&c| c as f64) * share,
            Norm::Constant(value) => value,
        };
        self.family.fields.iter().zip(&self.choices).map(norm).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published vector, in the order of HAT's `get_config_features`.
    const PUBLISHED: [f64; 10] = [640.0, 6.0, 2048.0, 6.0, 640.0, 6.0, 2048.0, 6.0, 6.0, 2.0];

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
