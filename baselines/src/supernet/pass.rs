//! Runs one subnet through an update: its weights are made once, and gradients find their way back through views that are
//! made once, too. Micro-batches repeat only what differs between them.

use mos_spaces::Arch;
use tch::{Kind, Tensor};

use super::mixture::{MixedLeaf, Mixing};
use super::store::corner;
use super::weights::{SubnetWeights, WeightSource};

/// A subnet in an update.
#[derive(Debug)]
pub struct SubnetPass<'a> {
    source: &'a WeightSource,
    weights: SubnetWeights,
    /// Where each leaf's gradient goes, in the order of the leaves.
    ways: Vec<Way>,
    mixing: Option<Mixing>,
}

/// Turns a tensor into another type. libtorch would be asked for nothing where it is of that type, hundreds of times an
/// update.
fn cast(tensor: Tensor, kind: Kind) -> Tensor {
    if tensor.kind() == kind { tensor } else { tch::no_grad(|| tensor.to_kind(kind)) }
}

/// The way of a leaf's gradient.
#[derive(Debug)]
enum Way {
    /// It is added to this view of the shared gradients, which are float32 whatever the leaf is.
    Shared(Tensor),
    /// It goes to experts and routers.
    Mixed(MixedLeaf),
}

impl<'a> SubnetPass<'a> {
    /// Makes what all micro-batches of an update share. Mixed weights are made by [`SubnetPass::mix`].
    ///
    /// The softmax over one expert is 1 whatever the router says, so then there is nothing to mix.
    pub fn new(source: &'a WeightSource, arch: &Arch) -> SubnetPass<'a> {
        let specs = source.layout.specs(arch);
        let mixture = source.mixture().filter(|mixture| mixture.experts() > 1);
        let mixing = mixture.map(|mixture| mixture.mixing(&source.params, &specs, source.encoding(arch), true));
        let mut leaves = Vec::with_capacity(specs.len());
        let mut ways = Vec::with_capacity(specs.len());
        for spec in &specs {
            match (mixture, &spec.expert) {
                (Some(mixture), Some(slot)) => {
                    leaves.push(Tensor::new());
                    ways.push(Way::Mixed(mixture.leaf(&source.params, slot, spec)));
                }
                _ => {
                    leaves.push(source.shared(spec).set_requires_grad(true));
                    let id = source.params.id(&spec.name);
                    ways.push(Way::Shared(corner(source.params.grad(id), &spec.shape)));
                }
            }
        }
        SubnetPass { source, weights: SubnetWeights { arch: arch.clone(), specs, leaves }, ways, mixing }
    }

    /// Returns the weights for the next micro-batch. Mixed ones are made anew where the routers' dropout is on, whose
    /// generator the caller has seeded, and once otherwise.
    pub fn mix(&mut self) -> &SubnetWeights {
        let (Some(mixture), Some(mixing)) = (self.source.mixture(), &mut self.mixing) else { return &self.weights };
        if mixing.is_due() {
            mixing.route(mixture);
            for (leaf, way) in self.weights.leaves.iter_mut().zip(&mut self.ways) {
                if let Way::Mixed(mixed) = way {
                    *leaf = cast(mixed.merge(mixing), self.source.compute_kind()).set_requires_grad(true);
                }
            }
        }
        &self.weights
    }

    /// Takes the gradients of a micro-batch's leaves (same order). They reach the master's at once, save for those of
    /// mixed weights that all micro-batches share, which are summed in float32 until [`SubnetPass::finish`].
    pub fn add(&mut self, grads: Vec<Tensor>) {
        tch::no_grad(|| {
            for (way, grad) in self.ways.iter_mut().zip(grads).filter(|(_, grad)| grad.defined()) {
                match way {
                    Way::Shared(sum) => {
                        let _ = sum.g_add_(&grad);
                    }
                    Way::Mixed(mixed) => mixed.add(cast(grad, self.source.params.flat.kind())),
                }
            }
            if self.mixing.as_ref().is_some_and(Mixing::varies) {
                self.pull_back();
            }
        });
    }

    /// Brings home what was summed.
    pub fn finish(mut self) {
        if self.mixing.as_ref().is_some_and(|mixing| !mixing.varies()) {
            tch::no_grad(|| self.pull_back());
        }
    }

    fn pull_back(&mut self) {
        for way in &mut self.ways {
            if let Way::Mixed(mixed) = way {
                mixed.pull_back();
            }
        }
        if let Some(mixing) = &mut self.mixing {
            mixing.pull_back();
        }
    }
}
