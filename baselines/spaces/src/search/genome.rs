//! Defines what evolution mutates and crosses: every choice of an architecture, those of inactive layers included, as
//! in HAT.

use std::iter::repeat_n;

use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

use crate::arch::Arch;
use crate::field::{Field, Scope};
use crate::space::SearchSpace;

/// All choices of one architecture, in the order of [`slots`]. Layers that are not active keep their genes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Genome(Vec<i64>);

/// Lists what each gene may be: stack by stack and field by field, with a gene for each layer of the deepest subnet
/// where the field is chosen layer by layer (40 genes in the WMT spaces).
pub fn slots(space: &SearchSpace) -> Vec<&[i64]> {
    let fields = space.family.fields.iter().zip(&space.choices);
    fields.flat_map(|(field, choices)| repeat_n(choices.as_slice(), genes(space, field))).collect()
}

/// Returns the number of genes of a field.
fn genes(space: &SearchSpace, field: &Field) -> usize {
    match field.scope {
        Scope::Net | Scope::Depth => 1,
        Scope::Layer => space.deepest(field.stack),
    }
}

impl Genome {
    /// Draws every gene uniformly.
    pub fn random(space: &SearchSpace, rng: &mut impl Rng) -> Genome {
        Genome(slots(space).into_iter().map(|choices| draw(choices, rng)).collect())
    }

    /// Sets every gene as `pick` says, for the ends of what can be reached.
    pub(crate) fn picked(space: &SearchSpace, pick: impl Fn(&[i64]) -> i64) -> Genome {
        Genome(slots(space).into_iter().map(pick).collect())
    }

    /// Returns a copy in which each gene is drawn anew with this probability; it may come out the same.
    pub fn mutated(&self, space: &SearchSpace, probability: f64, rng: &mut impl Rng) -> Genome {
        let genes = self.0.iter().zip(slots(space));
        Genome(
            genes
                .map(|(&gene, choices)| if rng.random_bool(probability) { draw(choices, rng) } else { gene })
                .collect(),
        )
    }

    /// Takes each gene from one or the other parent with equal chance.
    pub fn crossed(&self, other: &Genome, rng: &mut impl Rng) -> Genome {
        Genome(self.0.iter().zip(&other.0).map(|(&a, &b)| if rng.random_bool(0.5) { a } else { b }).collect())
    }

    /// Returns the architecture that the genes of its active layers make.
    ///
    /// # Panics
    /// Panics if the genome was made for another space.
    pub fn express(&self, space: &SearchSpace) -> Arch {
        let fields = space.family.fields;
        let mut rest = self.0.as_slice();
        let mut values: Vec<Vec<i64>> = Vec::with_capacity(fields.len());
        for field in fields {
            let (own, others) = rest.split_at(genes(space, field));
            values.push(own.to_vec());
            rest = others;
        }
        assert!(rest.is_empty(), "a genome has a gene for each slot of its space");
        for (i, field) in fields.iter().enumerate().filter(|(_, field)| field.scope == Scope::Layer) {
            let depth = values[space.family.depth_of(field.stack)][0] as usize;
            values[i].truncate(depth);
        }
        space.subnet(values)
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
        // There are 40 genes with at least two choices each: the chance that none changes is below 2^-33.
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
