//! Chooses which subnets run in an update.

use crate::arch::Arch;
use crate::method::SamplerKind;
use crate::space::SearchSpace;

/// Chooses the subnets of an update, as a function of (seed, update) alone: every method of a comparison sees the
/// same random subnets, and a resumed job repeats them.
#[derive(Clone, Debug)]
pub struct SubnetSampler {
    kind: SamplerKind,
    fixed: Option<Arch>,
    seed: u64,
}

impl SubnetSampler {
    /// Makes a sampler over the whole space.
    pub fn over_space(kind: SamplerKind, seed: u64) -> Self {
        SubnetSampler { kind, fixed: None, seed }
    }

    /// Makes a sampler that always gives `arch`.
    pub fn fixed(arch: Arch) -> Self {
        SubnetSampler { kind: SamplerKind::Fixed, fixed: Some(arch), seed: 0 }
    }

    /// Returns the subnets of update `update`, in the order in which they run.
    pub fn subnets(&self, space: &SearchSpace, update: u64) -> Vec<Arch> {
        if let Some(arch) = &self.fixed {
            return vec![arch.clone()];
        }
        let random = space.sample_at(self.seed, update);
        match self.kind {
            SamplerKind::Fixed | SamplerKind::Uniform => vec![random],
            SamplerKind::Sandwich => vec![random, space.largest(), space.smallest()],
        }
    }
}
