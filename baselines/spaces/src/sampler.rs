//! Chooses which subnets run in an update.

use mos_base::seed::Purpose;
use rand::seq::IndexedRandom as _;
use serde::{Deserialize, Serialize};

use crate::arch::Arch;
use crate::bert::blocks::{Block, join};
use crate::method::SamplerKind;
use crate::space::SearchSpace;

/// How the losses of an update's subnets make up what is minimised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubnetLosses {
    /// Their mean is minimised, as in MoS's translation models.
    #[default]
    Mean,
    /// Their sum is minimised, as in MoS's BERT models.
    Sum,
}

/// Chooses the subnets of an update, as a function of (seed, update) alone: every method of a comparison sees the
/// same random subnets, and a resumed job repeats them.
#[derive(Clone, Debug)]
pub struct SubnetSampler {
    from: Source,
    seed: u64,
}

/// What subnets are drawn from.
#[derive(Clone, Debug)]
enum Source {
    /// There is nothing to draw.
    Fixed(Arch),
    /// They are drawn from the space.
    Space(SamplerKind),
    /// Each block is drawn from the pool of its place.
    Pools(Vec<Vec<Block>>),
}

impl SubnetSampler {
    /// Makes a sampler over the whole space.
    pub fn over_space(kind: SamplerKind, seed: u64) -> Self {
        SubnetSampler { from: Source::Space(kind), seed }
    }

    /// Makes a sampler that always gives `arch`.
    pub fn fixed(arch: Arch) -> Self {
        SubnetSampler { from: Source::Fixed(arch), seed: 0 }
    }

    /// Makes a sampler of nets of blocks, with a pool for each place, none of them empty.
    pub fn of_pools(pools: Vec<Vec<Block>>, seed: u64) -> Self {
        SubnetSampler { from: Source::Pools(pools), seed }
    }

    /// Returns the subnets of update `update`, in the order in which they run.
    pub fn subnets(&self, space: &SearchSpace, update: u64) -> Vec<Arch> {
        let kind = match &self.from {
            Source::Fixed(arch) => return vec![arch.clone()],
            Source::Pools(pools) => {
                let mut rng = Purpose::TrainedSubnet.generator(&[self.seed, update]);
                let mut draw = |pool: &Vec<Block>| pool.choose(&mut rng).expect("no pool is empty").clone();
                return vec![join(space, &pools.iter().map(&mut draw).collect::<Vec<_>>())];
            }
            Source::Space(kind) => kind,
        };
        let random = space.sample_at(self.seed, update);
        match kind {
            SamplerKind::Fixed | SamplerKind::Uniform | SamplerKind::ShrinkingPools => vec![random],
            SamplerKind::Sandwich => vec![random, space.largest(), space.smallest()],
            SamplerKind::SandwichOfTwo => {
                let mut rng = Purpose::TrainedSubnet.generator(&[self.seed, update]);
                let [first, second] = [(); 2].map(|()| space.sample(&mut rng));
                vec![first, second, space.largest(), space.smallest()]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bert::blocks::blocks;

    #[test]
    fn a_sandwich_of_two_has_two_draws_and_both_ends() {
        let space = SearchSpace::find("autodistil-base").unwrap();
        let sampler = SubnetSampler::over_space(SamplerKind::SandwichOfTwo, 1);
        let mut draws = Vec::new();
        for update in 0..20 {
            let subnets = sampler.subnets(&space, update);
            assert_eq!(subnets, sampler.subnets(&space, update), "an update is drawn alike each time");
            assert_eq!(subnets[2..], [space.largest(), space.smallest()]);
            draws.extend_from_slice(&subnets[..2]);
        }
        let distinct: std::collections::HashSet<_> = draws.iter().collect();
        assert!(distinct.len() > 30, "{} different draws of 40", distinct.len());
    }

    #[test]
    fn blocks_are_drawn_from_the_pool_of_their_place_alone() {
        let space = SearchSpace::find("nas-bert-smoke").unwrap();
        let block = |width: i64, operations: &[i64]| Block { width, operations: operations.to_vec() };
        let pools = vec![vec![block(32, &[0]), block(16, &[1, 3])], vec![block(16, &[0, 1])]];
        let sampler = SubnetSampler::of_pools(pools.clone(), 1);
        let mut seen = std::collections::HashSet::new();
        for update in 0..40 {
            let drawn = sampler.subnets(&space, update);
            let [net] = drawn.as_slice() else { panic!("one net an update") };
            let own = blocks(net);
            assert!(own.iter().zip(&pools).all(|(block, pool)| pool.contains(block)), "{own:?}");
            seen.insert(own[0].clone());
        }
        assert_eq!(seen.len(), 2, "every block of a pool is drawn");
    }
}
