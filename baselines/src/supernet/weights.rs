//! Defines [`WeightSource`]: master weights of one network and the weights it hands out for a subnet.

use std::sync::Arc;

use mos_spaces::layout::Layout;
use mos_spaces::method::{MethodSettings, WeightKind};
use mos_spaces::mixture::{expert_name, supernet_specs};
use mos_spaces::params::ParamSpec;
use mos_spaces::{Arch, SearchSpace};
use tch::{Device, Kind, Tensor};

use super::init::shared_value;
use super::mixture::Mixture;
use super::store::{ParamStore, corner};
use crate::device::upload;

/// Values that the control's router sees instead of the architecture encoding.
const CONSTANT_INPUT: f32 = 0.5;

/// How a from-scratch network starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScratchInit {
    /// It starts as the slice of the same seed's supernet, so that method and baseline share their first weights.
    SupernetSlice,
    /// It is drawn at its own size.
    OwnSize,
}

/// Master weights (float32) of a supernet or of a single dense network, and how a subnet's weights are made of them.
#[derive(Debug)]
pub struct WeightSource {
    /// The parameters of every subnet.
    pub layout: Arc<dyn Layout>,
    /// Parameters and gradients.
    pub params: ParamStore,
    dense: Vec<ParamSpec>,
    mixture: Option<Mixture>,
    constant_input: bool,
    compute: Kind,
}

/// A subnet's weights, cut loose from the master weights: leaves that collect gradients of their own.
#[derive(Debug)]
pub struct SubnetWeights {
    /// The subnet.
    pub arch: Arch,
    /// Its parameters, as its layout gives them.
    pub specs: Vec<ParamSpec>,
    /// The weights, in the same order, in the compute type.
    pub leaves: Vec<Tensor>,
}

impl WeightSource {
    /// Makes a supernet of this layout, with weights as `kind` says, initialised from `seed`.
    pub fn supernet(
        layout: Arc<dyn Layout>,
        kind: WeightKind,
        settings: &MethodSettings,
        seed: u64,
        device: Device,
    ) -> Self {
        let space = layout.space();
        let dense = layout.shared();
        let features = space.feature_norm.len();
        let mixture = kind.grain().map(|grain| Mixture::new(grain, settings, features, &dense));
        let params = ParamStore::zeros(supernet_specs(&*layout, kind, settings), Kind::Float, device);
        let draws = if kind == (WeightKind::Shared { merged_init: true }) { settings.experts } else { 1 };
        for spec in &dense {
            let count = if spec.expert.is_some() { draws } else { 1 };
            let mut value = shared_value(spec, seed, 0);
            for draw in 1..count {
                let _ = value.g_add_(&shared_value(spec, seed, draw as u64));
            }
            params.named(&spec.name).shallow_clone().copy_(&(value / count as f64));
        }
        if let Some(mixture) = &mixture {
            mixture.initialise(&params, &dense, seed);
        }
        Self::assemble(layout, params, dense, mixture, kind.has_constant_input())
    }

    /// Makes a single dense network of shape `arch`, to be trained from scratch.
    pub fn dense(layout: Arc<dyn Layout>, arch: &Arch, init: ScratchInit, seed: u64, device: Device) -> Self {
        let dense = layout.specs(arch);
        let params = ParamStore::zeros(dense.clone(), Kind::Float, device);
        let widest = layout.shared();
        for spec in &dense {
            let value = match init {
                ScratchInit::OwnSize => shared_value(spec, seed, 0),
                ScratchInit::SupernetSlice => {
                    let full =
                        widest.iter().find(|w| w.name == spec.name).expect("a subnet's names are the supernet's");
                    corner(&shared_value(full, seed, 0), &spec.shape)
                }
            };
            params.named(&spec.name).shallow_clone().copy_(&value);
        }
        Self::assemble(layout, params, dense, None, false)
    }

    /// Makes a supernet of another layout with the mixture that `other` has, initialised from `seed`: what is fine-tuned
    /// with its routers.
    pub fn like(other: &WeightSource, layout: Arc<dyn Layout>, kind: WeightKind, seed: u64, device: Device) -> Self {
        let settings = other.mixture.as_ref().map_or_else(MethodSettings::default, Mixture::settings);
        Self::supernet(layout, kind, &settings, seed, device)
    }

    /// Takes over the values of another network, where a parameter has the same name: the top-left corner of one that is
    /// larger there. Parameters that the other lacks keep theirs.
    ///
    /// # Panics
    /// Panics if one is smaller there, which is a bug of the caller.
    pub fn take_corners(&self, other: &WeightSource) {
        self.take_corners_of(other, |_| true);
    }

    /// Takes over the values of another network as [`WeightSource::take_corners`] does, of the parameters whose names
    /// `wanted` picks.
    ///
    /// # Panics
    /// Panics if one is smaller there, which is a bug of the caller.
    pub fn take_corners_of(&self, other: &WeightSource, wanted: impl Fn(&str) -> bool) {
        let is_shared = |spec: &&ParamSpec| other.params.has(&spec.name) && wanted(&spec.name);
        let shared = self.params.specs().iter().filter(is_shared);
        for spec in shared {
            tch::no_grad(|| {
                let value = corner(other.params.named(&spec.name), &spec.shape);
                self.params.named(&spec.name).shallow_clone().copy_(&value);
            });
        }
    }

    /// Makes every expert a copy of the first, as MoS's released BERT code starts from a public checkpoint in the space
    /// with maps. The mixture of copies is the expert itself, whatever the routers say.
    pub fn copy_experts(&self) {
        for spec in self.dense.iter().filter(|spec| spec.expert.is_some()) {
            for expert in 1..self.experts() {
                let copy = self.params.named(&expert_name(expert, &spec.name));
                tch::no_grad(|| copy.shallow_clone().copy_(self.params.named(&spec.name)));
            }
        }
    }

    fn assemble(
        layout: Arc<dyn Layout>,
        params: ParamStore,
        dense: Vec<ParamSpec>,
        mixture: Option<Mixture>,
        constant_input: bool,
    ) -> Self {
        WeightSource { layout, params, dense, mixture, constant_input, compute: Kind::Float }
    }

    /// Returns the search space.
    pub fn space(&self) -> &SearchSpace {
        self.layout.space()
    }

    /// Computes products in this type, float32 where nobody says otherwise. Nothing else decides it: subnets' weights are
    /// cast when they are handed out, master weights stay float32.
    pub fn computing_in(self, compute: Kind) -> Self {
        WeightSource { compute, ..self }
    }

    /// Turns master weights, gradients and products into float64, for gradient checks on the CPU.
    pub fn into_double(self) -> Self {
        let params = ParamStore::zeros(self.params.specs().to_vec(), Kind::Double, self.params.device());
        params.flat.shallow_clone().copy_(&self.params.flat);
        WeightSource { params, compute: Kind::Double, ..self }
    }

    /// Returns the type of the products.
    pub fn compute_kind(&self) -> Kind {
        self.compute
    }

    /// Makes the weights of `arch` as they are scored: nothing is dropped, and nothing is recorded for gradients.
    pub fn materialise(&self, arch: &Arch) -> SubnetWeights {
        self.materialise_as(arch, self.compute)
    }

    fn materialise_as(&self, arch: &Arch, kind: Kind) -> SubnetWeights {
        let specs = self.layout.specs(arch);
        let mixing = self.mixture.as_ref().map(|mixture| {
            let mut mixing = mixture.mixing(&self.params, &specs, self.encoding(arch), false);
            mixing.route(mixture);
            mixing
        });
        let leaf = |spec: &ParamSpec| match (&self.mixture, &mixing, &spec.expert) {
            (Some(mixture), Some(mixing), Some(slot)) => mixture.leaf(&self.params, slot, spec).merge(mixing),
            _ => corner(self.params.named(&spec.name), &spec.shape).detach(),
        };
        let leaves = tch::no_grad(|| specs.iter().map(|spec| leaf(spec).to_kind(kind)).collect());
        SubnetWeights { arch: arch.clone(), specs, leaves }
    }

    /// Returns a subnet's part of a shared parameter, in the compute type. It is detached, because a leaf's flag must not
    /// reach the master weight, of which it may be all.
    pub(super) fn shared(&self, spec: &ParamSpec) -> Tensor {
        tch::no_grad(|| corner(self.params.named(&spec.name), &spec.shape).detach().to_kind(self.compute))
    }

    /// Returns what mixes experts, if anything does.
    pub(super) fn mixture(&self) -> Option<&Mixture> {
        self.mixture.as_ref()
    }

    /// Returns what the routers see of an architecture, on the device.
    pub(super) fn encoding(&self, arch: &Arch) -> Tensor {
        let (kind, device) = (self.params.flat.kind(), self.params.device());
        if self.constant_input {
            let features = self.space().feature_norm.len() as i64;
            return Tensor::full([features], f64::from(CONSTANT_INPUT), (kind, device));
        }
        upload(Tensor::from_slice(&self.space().encode(arch)).to_kind(kind), device)
    }

    /// Returns the dense network of `arch`, experts merged and routers gone: what is exported and deployed.
    pub fn collapse(&self, arch: &Arch) -> WeightSource {
        // The type of the products is not used: what is made here is trained on, or kept.
        let weights = self.materialise_as(arch, self.params.flat.kind());
        let params = ParamStore::zeros(weights.specs.clone(), Kind::Float, self.params.device());
        for (id, leaf) in weights.leaves.iter().enumerate() {
            params.value(id).shallow_clone().copy_(leaf);
        }
        Self::assemble(self.layout.clone(), params, weights.specs, None, false).computing_in(self.compute)
    }

    /// Returns the experts of a feed-forward layer; 1 without a mixture.
    pub fn experts(&self) -> i64 {
        self.mixture.as_ref().map_or(1, Mixture::experts)
    }

    /// Returns the parameters of the plain supernet (without experts and routers).
    pub fn dense_specs(&self) -> &[ParamSpec] {
        &self.dense
    }
}
