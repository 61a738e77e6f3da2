//! What evolution mutates and crosses: every choice of an architecture, those of inactive layers included, as in HAT.

use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

use crate::space::{Arch, SearchSpace};

/// All choices of one architecture, in the order of [`slots`]: encoder width and layers, FFN and heads by layer, decoder
/// width and layers, FFN, self heads, cross heads and arbitrary attention by layer. Layers that are not active keep
/// their genes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Genome(Vec<i64>);

/// What each gene may be: 2 + 2 x encoder layers + 2 + 4 x decoder layers of the deepest subnet (40 in the WMT spaces).
pub fn slots(space: &SearchSpace) -> Vec<&[i64]> {
    let mut slots: Vec<&[i64]> = vec![&space.encoder_embed_dims, &space.encoder_layers];
    slots.extend(per_layer(&space.encoder_ffn_dims, space.encoder_layers[0]));
    slots.extend(per_layer(&space.encoder_heads, space.encoder_layers[0]));
    slots.extend([&space.decoder_embed_dims[..], &space.decoder_layers[..]]);
    let decoder = [&space.decoder_ffn_dims, &space.decoder_self_heads, &space.decoder_cross_heads, &space.arbitrary];
    for choices in decoder {
        slots.extend(per_layer(choices, space.decoder_layers[0]));
    }
    slots
}

fn per_layer(choices: &[i64], layers: i64) -> impl Iterator<Item = &[i64]> {
    std::iter::repeat_n(choices, layers as usize)
}

impl Genome {
    /// Every gene drawn uniformly.
    pub fn random(space: &SearchSpace, rng: &mut impl Rng) -> Genome {
        Genome(slots(space).into_iter().map(|choices| draw(choices, rng)).collect())
    }

    /// Every gene as `pick` says, for the ends of what can be reached.
    pub(crate) fn picked(space: &SearchSpace, pick: impl Fn(&[i64]) -> i64) -> Genome {
        Genome(slots(space).into_iter().map(pick).collect())
    }

    /// A copy in which each gene is drawn anew with this probability; it may come out the same.
    pub fn mutated(&self, space: &SearchSpace, probability: f64, rng: &mut impl Rng) -> Genome {
        let genes = self.0.iter().zip(slots(space));
        Genome(
            genes
                .map(|(&gene, choices)| if rng.random_bool(probability) { draw(choices, rng) } else { gene })
                .collect(),
        )
    }

    /// Each gene from one or the other parent with equal chance.
    pub fn crossed(&self, other: &Genome, rng: &mut impl Rng) -> Genome {
        Genome(self.0.iter().zip(&other.0).map(|(&a, &b)| if rng.random_bool(0.5) { a } else { b }).collect())
    }

    /// The architecture: the genes of its active layers.
    ///
    /// # Panics
    /// When the genome was made for another space.
    pub fn express(&self, space: &SearchSpace) -> Arch {
        let mut genes = self.0.iter().copied();
        let mut one = || genes.next().expect("a genome has a gene for each slot of its space");
        let (encoder_embed_dim, encoder_layers) = (one(), one() as usize);
        let mut list = |deepest: i64, active: usize| {
            let mut all: Vec<i64> = (0..deepest).map(|_| one()).collect();
            all.truncate(active);
            all
        };
        let deepest = space.encoder_layers[0];
        let (encoder_ffn_dims, encoder_heads) = (list(deepest, encoder_layers), list(deepest, encoder_layers));
        let (decoder_embed_dim, decoder_layers) = (list(1, 1)[0], list(1, 1)[0] as usize);
        let deepest = space.decoder_layers[0];
        Arch {
            encoder_embed_dim,
            decoder_embed_dim,
            encoder_ffn_dims,
            encoder_heads,
            decoder_ffn_dims: list(deepest, decoder_layers),
            decoder_self_heads: list(deepest, decoder_layers),
            decoder_cross_heads: list(deepest, decoder_layers),
            decoder_arbitrary: list(deepest, decoder_layers),
        }
    }
}

fn draw(choices: &[i64], rng: &mut impl Rng) -> i64 {
    *choices.choose(rng).expect("a valid space has choices")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn the_published_spaces_have_forty_genes() {
        for name in ["wmt14-en-de", "wmt14-en-fr", "wmt19-en-de"] {
            assert_eq!(slots(&SearchSpace::find(name).unwrap()).len(), 40);
        }
    }

    #[test]
    fn mutation_with_probability_0_changes_nothing_and_1_redraws_all() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let genome = Genome::random(&space, &mut rng);
        assert_eq!(genome.mutated(&space, 0.0, &mut rng), genome);
        // 40 genes with at least two choices each: none changing has a chance below 2^-33.
        assert_ne!(genome.mutated(&space, 1.0, &mut rng), genome);
    }

    proptest! {
        #[test]
        fn offspring_are_in_the_space_and_take_each_gene_from_a_parent(seed: u64) {
            for name in SearchSpace::names() {
                let space = SearchSpace::find(name).unwrap();
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let (a, b) = (Genome::random(&space, &mut rng), Genome::random(&space, &mut rng));
                let child = a.crossed(&b, &mut rng);
                prop_assert!((0..child.0.len()).all(|i| child.0[i] == a.0[i] || child.0[i] == b.0[i]));
                for genome in [&a, &child, &a.mutated(&space, 0.3, &mut rng)] {
                    space.check(&genome.express(&space)).unwrap();
                }
            }
        }
    }
}
