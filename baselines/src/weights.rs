//! [`WeightSource`]: master weights of one network and the weights it hands out for a subnet.

use tch::{Device, Kind, Tensor};

use crate::layout::{dense_shapes, initial, initial_slice, is_ffn};
use crate::method::{MethodSettings, WeightKind};
use crate::mixture::{CoefficientGrads, Coefficients, Grain, Mixture};
use crate::params::{ParamShape, ParamStore, corner};
use crate::space::{Arch, SearchSpace};

/// Values that the control's router sees instead of the architecture encoding.
const CONSTANT_INPUT: f32 = 0.5;

/// How a from-scratch network starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScratchInit {
    /// The slice of the same seed's supernet: method and baseline share their first weights.
    SupernetSlice,
    /// Xavier at its own size.
    OwnSize,
}

/// Master weights (float32) of a supernet or of a single dense network, and how a subnet's weights are made of them.
#[derive(Debug)]
pub struct WeightSource {
    /// The search space.
    pub space: SearchSpace,
    /// Parameters and gradients.
    pub params: ParamStore,
    vocab: i64,
    dense: Vec<ParamShape>,
    mixture: Option<Mixture>,
    constant_input: bool,
    compute: Kind,
}

/// A subnet's weights, cut loose from the master weights: leaves that collect gradients of their own.
#[derive(Debug)]
pub struct SubnetWeights {
    /// The subnet.
    pub arch: Arch,
    /// Names and shapes, as [`dense_shapes`] gives them.
    pub shapes: Vec<ParamShape>,
    /// The weights, in the same order, in the compute type.
    pub leaves: Vec<Tensor>,
    coefficients: Option<Coefficients>,
}

/// How a kind mixes, and whether its router sees a constant.
fn mixture_of(space: &SearchSpace, kind: WeightKind, settings: &MethodSettings) -> (Option<Mixture>, bool) {
    let (grain, constant_input) = match kind {
        WeightKind::Shared { .. } => return (None, false),
        WeightKind::LayerWise { constant_input } => (Grain::Layer, constant_input),
        WeightKind::NeuronWise { constant_input } => (Grain::Neuron, constant_input),
    };
    (Some(Mixture::new(grain, space, &space.largest(), settings)), constant_input)
}

fn with_mixture(dense: &[ParamShape], mixture: Option<&Mixture>) -> Vec<ParamShape> {
    dense.iter().cloned().chain(mixture.into_iter().flat_map(|m| m.shapes(dense))).collect()
}

/// Parameters of a supernet without making it: those of the widest subnet, then experts and routers.
pub fn supernet_shapes(
    space: &SearchSpace,
    vocab: i64,
    kind: WeightKind,
    settings: &MethodSettings,
) -> Vec<ParamShape> {
    with_mixture(&dense_shapes(space, &space.largest(), vocab), mixture_of(space, kind, settings).0.as_ref())
}

impl WeightSource {
    /// A supernet over `space` with `vocab` embedding rows, as `kind` says, initialised from `seed`.
    pub fn supernet(
        space: &SearchSpace,
        vocab: i64,
        kind: WeightKind,
        settings: &MethodSettings,
        seed: u64,
        device: Device,
    ) -> Self {
        let dense = dense_shapes(space, &space.largest(), vocab);
        let (mixture, constant_input) = mixture_of(space, kind, settings);
        let params = ParamStore::zeros(with_mixture(&dense, mixture.as_ref()), Kind::Float, device);
        let draws = if kind == (WeightKind::Shared { merged_init: true }) { settings.experts } else { 1 };
        for shape in &dense {
            let count = if is_ffn(&shape.name) { draws } else { 1 };
            let mut value = initial(&shape.name, &shape.shape, seed, 0);
            for draw in 1..count {
                let _ = value.g_add_(&initial(&shape.name, &shape.shape, seed, draw as u64));
            }
            params.named(&shape.name).shallow_clone().copy_(&(value / count as f64));
        }
        if let Some(mixture) = &mixture {
            mixture.initialise(&params, &dense, seed);
        }
        Self::assemble(space, params, vocab, dense, mixture, constant_input)
    }

    /// A single dense network of shape `arch`: training from scratch.
    pub fn dense(space: &SearchSpace, arch: &Arch, vocab: i64, init: ScratchInit, seed: u64, device: Device) -> Self {
        let dense = dense_shapes(space, arch, vocab);
        let params = ParamStore::zeros(dense.clone(), Kind::Float, device);
        let widest = dense_shapes(space, &space.largest(), vocab);
        for shape in &dense {
            let value = match init {
                ScratchInit::OwnSize => initial(&shape.name, &shape.shape, seed, 0),
                ScratchInit::SupernetSlice => {
                    let full =
                        widest.iter().find(|w| w.name == shape.name).expect("a subnet's names are the supernet's");
                    initial_slice(&shape.name, &full.shape, &shape.shape, seed)
                }
            };
            params.named(&shape.name).shallow_clone().copy_(&value);
        }
        Self::assemble(space, params, vocab, dense, None, false)
    }

    fn assemble(
        space: &SearchSpace,
        params: ParamStore,
        vocab: i64,
        dense: Vec<ParamShape>,
        mixture: Option<Mixture>,
        constant_input: bool,
    ) -> Self {
        // One decision in one place: bf16 products on CUDA, float32 on the CPU; master weights stay float32.
        let compute = if params.device().is_cuda() { Kind::BFloat16 } else { Kind::Float };
        WeightSource { space: space.clone(), params, vocab, dense, mixture, constant_input, compute }
    }

    /// Makes products float32 wherever it computes.
    pub fn in_float(self) -> Self {
        WeightSource { compute: Kind::Float, ..self }
    }

    /// Turns master weights, gradients and products into float64, for gradient checks on the CPU.
    pub fn into_double(self) -> Self {
        let shapes = self.params.shapes().to_vec();
        let params = ParamStore::zeros(shapes, Kind::Double, self.params.device());
        params.flat.shallow_clone().copy_(&self.params.flat);
        WeightSource { params, compute: Kind::Double, ..self }
    }

    /// Embedding rows.
    pub fn vocab(&self) -> i64 {
        self.vocab
    }

    /// The type of the products.
    pub fn compute_kind(&self) -> Kind {
        self.compute
    }

    /// Weights of `arch`. `train` turns the routers' dropout on (seed the generator first) and lets the leaves
    /// collect gradients; without it nothing is recorded.
    pub fn materialise(&self, arch: &Arch, train: bool) -> SubnetWeights {
        self.materialise_as(arch, train, self.compute)
    }

    fn materialise_as(&self, arch: &Arch, train: bool, kind: Kind) -> SubnetWeights {
        let coefficients = self.mixture.as_ref().map(|mixture| {
            let encoding = if self.constant_input {
                Tensor::full(
                    [self.space.feature_norm.len() as i64],
                    f64::from(CONSTANT_INPUT),
                    (Kind::Float, Device::Cpu),
                )
            } else {
                Tensor::from_slice(&self.space.encode(arch))
            };
            let encoding = encoding.to_device(self.params.device()).to_kind(self.params.flat.kind());
            mixture.route(&self.params, arch, &encoding, train)
        });
        let shapes = dense_shapes(&self.space, arch, self.vocab);
        let leaf = |shape: &ParamShape| match (&self.mixture, &coefficients) {
            (Some(mixture), Some(coefficients)) if is_ffn(&shape.name) => {
                mixture.merge(&self.params, coefficients, &shape.name, &shape.shape)
            }
            // Detached: a leaf's flag must not reach the master weight, of which it may be all.
            _ => corner(self.params.named(&shape.name), &shape.shape).detach(),
        };
        let leaf = |shape| tch::no_grad(|| leaf(shape).to_kind(kind)).set_requires_grad(train);
        let leaves = shapes.iter().map(leaf).collect();
        SubnetWeights { arch: arch.clone(), shapes, leaves, coefficients }
    }

    /// Adds the gradients of a subnet's leaves (same order) to those of the master weights, experts and routers.
    pub fn pull_back(&self, weights: &SubnetWeights, grads: &[Tensor]) {
        tch::no_grad(|| {
            let coefficient_grads = weights.coefficients.as_ref().map(CoefficientGrads::zeros_like);
            for (shape, grad) in weights.shapes.iter().zip(grads).filter(|(_, grad)| grad.defined()) {
                let grad = grad.to_kind(self.params.flat.kind());
                match (&self.mixture, &weights.coefficients, &coefficient_grads) {
                    (Some(mixture), Some(coefficients), Some(to)) if is_ffn(&shape.name) => {
                        mixture.pull_back(&self.params, coefficients, to, &shape.name, &grad);
                    }
                    _ => {
                        let id = self.params.id(&shape.name);
                        let _ = corner(self.params.grad(id), &shape.shape).g_add_(&grad);
                    }
                }
            }
            if let (Some(mixture), Some(coefficients), Some(grads)) =
                (&self.mixture, &weights.coefficients, &coefficient_grads)
                && self.experts() > 1
            {
                mixture.pull_back_routers(&self.params, coefficients, grads);
            }
        });
    }

    /// The dense network of `arch`, experts merged and routers gone: what is exported and deployed.
    pub fn collapse(&self, arch: &Arch) -> WeightSource {
        // Not in the type of the products: what is made here is trained on, or kept.
        let weights = tch::no_grad(|| self.materialise_as(arch, false, self.params.flat.kind()));
        let params = ParamStore::zeros(weights.shapes.clone(), Kind::Float, self.params.device());
        for (id, leaf) in weights.leaves.iter().enumerate() {
            params.value(id).shallow_clone().copy_(leaf);
        }
        Self::assemble(&self.space, params, self.vocab, weights.shapes, None, false)
    }

    /// Experts of a feed-forward layer; 1 without a mixture.
    pub fn experts(&self) -> i64 {
        self.mixture.as_ref().map_or(1, Mixture::experts)
    }

    /// Parameters of the plain supernet (without experts and routers).
    pub fn dense_shapes(&self) -> &[ParamShape] {
        &self.dense
    }
}
