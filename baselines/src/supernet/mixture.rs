//! Mixes experts: gives the merged feed-forward weights of a MoS supernet.
//!
//! `W(a) = sum_e diag(alpha_e) W_e[:rows, :columns]`, and biases likewise. `alpha` is one number a layer (layer-wise,
//! shared by fc1 and fc2) or one a row (neuron-wise, with a router each for fc1 and fc2). Merging and its derivative
//! are written out: the experts' gradients are added straight into the gradient buffer, with no copy of their full
//! size.

use mos_spaces::method::{Grain, MethodSettings};
use mos_spaces::mixture::{self, expert_name};
use mos_spaces::params::{ParamSpec, Slot};
use tch::{Kind, Tensor};

use super::init::shared_value;
use super::router::{Routed, RouterBank};
use super::store::{ParamStore, corner};

/// The experts beyond the first and the routers of one supernet.
#[derive(Debug)]
pub struct Mixture {
    grain: Grain,
    experts: i64,
    banks: Vec<RouterBank>,
}

/// The coefficients of one subnet pass, bank by bank.
#[derive(Debug)]
pub struct Coefficients(Vec<Mixed>);

/// The coefficients of one bank, and the same as views: by layer, then by expert, each of shape `[groups]`.
#[derive(Debug)]
struct Mixed {
    routed: Routed,
    parts: Vec<Vec<Tensor>>,
}

/// Makes views of `[layers, groups, m]`, by layer and then by expert.
fn by_layer_and_expert(alpha: &Tensor) -> Vec<Vec<Tensor>> {
    alpha.unbind(0).iter().map(|layer| layer.unbind(-1)).collect()
}

impl Mixture {
    /// Makes the mixture of a supernet whose widest subnet has the parameters `widest`, and whose routers see
    /// `features` numbers.
    pub fn new(grain: Grain, settings: &MethodSettings, features: usize, widest: &[ParamSpec]) -> Self {
        let banks = mixture::banks(grain, settings, features, widest);
        let banks = banks.into_iter().map(|shape| RouterBank::new(shape, settings.router_dropout)).collect();
        Mixture { grain, experts: settings.experts, banks }
    }

    /// Returns the number of experts of a layer, m.
    pub fn experts(&self) -> i64 {
        self.experts
    }

    /// Writes the first values: experts are independent draws, routers have their own.
    pub fn initialise(&self, store: &ParamStore, widest: &[ParamSpec], seed_value: u64) {
        for spec in widest.iter().filter(|spec| spec.expert.is_some()) {
            for e in 1..self.experts {
                let value = shared_value(spec, seed_value, e as u64);
                store.named(&expert_name(e, &spec.name)).shallow_clone().copy_(&value);
            }
        }
        for bank in &self.banks {
            bank.initialise(store, seed_value);
        }
    }

    /// Computes the mixing coefficients of the subnet with the parameters `specs`, whose encoding (or the control's
    /// constant) is `encoding`.
    pub fn route(&self, store: &ParamStore, specs: &[ParamSpec], encoding: &Tensor, train: bool) -> Coefficients {
        let route = |bank: &RouterBank| {
            let shape = bank.shape();
            let (layers, groups) = mixture::active(self.grain, shape.stack, shape.part, specs);
            let routed = bank.route(store, encoding, layers, groups, train);
            let parts = by_layer_and_expert(&routed.alpha);
            Mixed { routed, parts }
        };
        Coefficients(self.banks.iter().map(route).collect())
    }

    /// Returns the merged value, in float32, of the parameter `spec`, which stands in `slot`.
    pub fn merge(&self, store: &ParamStore, coefficients: &Coefficients, slot: &Slot, spec: &ParamSpec) -> Tensor {
        let shape = spec.shape.as_slice();
        let alphas = &coefficients.0[self.bank_of(slot)].parts[slot.layer];
        let value = |e: i64| corner(store.named(&expert_name(e, &spec.name)), shape);
        let mut merged = value(0) * self.fitted(&alphas[0], shape);
        for (e, alpha) in (1..self.experts).zip(&alphas[1..]) {
            let _ = merged.addcmul_(&value(e), &self.fitted(alpha, shape));
        }
        merged
    }

    /// Adds the gradient of the merged parameter `name`, which stands in `slot`, to its experts'; the part that belongs
    /// to the coefficients is added to `grads`.
    pub fn pull_back(
        &self,
        store: &ParamStore,
        coefficients: &Coefficients,
        grads: &CoefficientGrads,
        (slot, name): (&Slot, &str),
        grad: &Tensor,
    ) {
        let bank = self.bank_of(slot);
        let shape = grad.size();
        let alphas = &coefficients.0[bank].parts[slot.layer];
        let grads = &grads.0[bank].parts[slot.layer];
        for ((e, alpha), to) in (0..self.experts).zip(alphas).zip(grads) {
            let id = store.id(&expert_name(e, name));
            let _ = corner(store.grad(id), &shape).addcmul_(grad, &self.fitted(alpha, &shape));
            if self.experts == 1 {
                continue; // the softmax over one expert is constant
            }
            let product = grad * corner(store.value(id), &shape);
            let part = match self.grain {
                Grain::Layer => product.sum(None::<Kind>),
                Grain::Neuron if shape.len() == 2 => product.sum_dim_intlist(1, false, None::<Kind>),
                Grain::Neuron => product,
            };
            let _ = self.rows(to, &shape).g_add_(&part);
        }
    }

    /// Adds the coefficients' gradients to the routers'.
    pub fn pull_back_routers(&self, store: &ParamStore, coefficients: &Coefficients, grads: &CoefficientGrads) {
        for ((bank, mixed), grad) in self.banks.iter().zip(&coefficients.0).zip(&grads.0) {
            bank.pull_back(store, &mixed.routed, &grad.alpha);
        }
    }

    /// Finds the bank that mixes the parameters of a slot.
    fn bank_of(&self, slot: &Slot) -> usize {
        let mixes = |bank: &RouterBank| {
            let shape = bank.shape();
            shape.stack == slot.stack && shape.part.is_none_or(|part| part == slot.part)
        };
        self.banks.iter().position(mixes).expect("every slot of a layout has a bank")
    }

    /// Returns the part of an expert's coefficients that a parameter of shape `shape` has: all of it (one number)
    /// layer-wise, one a row neuron-wise.
    fn rows(&self, alpha: &Tensor, shape: &[i64]) -> Tensor {
        if self.grain == Grain::Layer { alpha.shallow_clone() } else { corner(alpha, &shape[..1]) }
    }

    /// Returns an expert's coefficients, shaped to multiply a parameter of shape `shape`.
    fn fitted(&self, alpha: &Tensor, shape: &[i64]) -> Tensor {
        let rows = self.rows(alpha, shape);
        if shape.len() == 2 { rows.unsqueeze(1) } else { rows }
    }
}

/// Gradients with respect to the coefficients, shaped like them.
#[derive(Debug)]
pub struct CoefficientGrads(Vec<MixedGrads>);

/// Gradients with respect to the coefficients of one bank, and the same as views by layer and expert.
#[derive(Debug)]
struct MixedGrads {
    alpha: Tensor,
    parts: Vec<Vec<Tensor>>,
}

impl CoefficientGrads {
    /// Makes zeros shaped like `coefficients`.
    pub fn zeros_like(coefficients: &Coefficients) -> Self {
        let zeros = |mixed: &Mixed| {
            let alpha = mixed.routed.alpha.zeros_like();
            let parts = by_layer_and_expert(&alpha);
            MixedGrads { alpha, parts }
        };
        CoefficientGrads(coefficients.0.iter().map(zeros).collect())
    }
}
