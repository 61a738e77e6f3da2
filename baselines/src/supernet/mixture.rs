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
use super::router::{Routed, RouterBank, RouterViews};
use super::store::{ParamStore, corner};

/// The experts beyond the first and the routers of one supernet.
#[derive(Debug)]
pub struct Mixture {
    grain: Grain,
    experts: i64,
    dropout: f64,
    banks: Vec<RouterBank>,
}

impl Mixture {
    /// Makes the mixture of a supernet whose widest subnet has the parameters `widest`, and whose routers see
    /// `features` numbers.
    pub fn new(grain: Grain, settings: &MethodSettings, features: usize, widest: &[ParamSpec]) -> Self {
        let banks = mixture::banks(grain, settings, features, widest);
        let banks = banks.into_iter().map(|shape| RouterBank::new(shape, settings.router_dropout)).collect();
        Mixture { grain, experts: settings.experts, dropout: settings.router_dropout, banks }
    }

    /// Returns the settings that it was made with.
    pub fn settings(&self) -> MethodSettings {
        let router_width = self.banks.first().map_or(0, |bank| bank.shape().width);
        MethodSettings { experts: self.experts, router_width, router_dropout: self.dropout }
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

    /// Makes the mixing of a subnet with the parameters `specs`, whose encoding (or the control's constant) is `encoding`.
    pub fn mixing(&self, store: &ParamStore, specs: &[ParamSpec], encoding: Tensor, train: bool) -> Mixing {
        let mixed = |bank: &RouterBank| {
            let (layers, groups) = mixture::active(self.grain, bank.shape().stack, bank.shape().part, specs);
            MixedBank { views: bank.views(store, layers, groups), routed: None, alpha: None, grads: None }
        };
        let banks = self.banks.iter().map(mixed).collect();
        Mixing { encoding, train, varies: train && self.dropout > 0.0, banks }
    }

    /// Computes the coefficients of a subnet with the parameters `specs`, nothing dropped: one tensor a bank, `[active layers,
    /// groups, m]`.
    pub fn coefficients(&self, store: &ParamStore, specs: &[ParamSpec], encoding: Tensor) -> Vec<Tensor> {
        let mut mixing = self.mixing(store, specs, encoding, false);
        mixing.route(self);
        mixing.banks.into_iter().filter_map(|bank| bank.alpha).collect()
    }

    /// Makes the views through which a parameter of a subnet is mixed: `spec`, which stands in `slot`.
    pub fn leaf(&self, store: &ParamStore, slot: &Slot, spec: &ParamSpec) -> MixedLeaf {
        let ids: Vec<usize> = (0..self.experts).map(|e| store.id(&expert_name(e, &spec.name))).collect();
        MixedLeaf {
            bank: self.bank_of(slot),
            layer: slot.layer,
            grain: self.grain,
            shape: spec.shape.clone(),
            values: ids.iter().map(|&id| corner(store.value(id), &spec.shape)).collect(),
            grads: ids.iter().map(|&id| corner(store.grad(id), &spec.shape)).collect(),
            alphas: vec![],
            alpha_grads: vec![],
            sum: None,
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
}

/// The mixing coefficients of one subnet, and the gradients with respect to them.
#[derive(Debug)]
pub struct Mixing {
    encoding: Tensor,
    train: bool,
    varies: bool,
    banks: Vec<MixedBank>,
}

/// The coefficients of one bank.
#[derive(Debug)]
struct MixedBank {
    views: RouterViews,
    routed: Option<Routed>,
    /// The coefficients. The buffer stays when they are computed again, and so do the views of it.
    alpha: Option<Tensor>,
    /// Gradient of the coefficients, shaped like them, in a buffer that stays, too.
    grads: Option<Tensor>,
}

impl Mixing {
    /// Says whether the coefficients differ between two micro-batches, because of the routers' dropout.
    pub fn varies(&self) -> bool {
        self.varies
    }

    /// Says whether the coefficients have to be computed before the next micro-batch.
    pub fn is_due(&self) -> bool {
        self.varies || self.banks.iter().any(|bank| bank.routed.is_none())
    }

    /// Computes the coefficients, and sets their gradients to zero.
    pub fn route(&mut self, mixture: &Mixture) {
        for (routers, bank) in mixture.banks.iter().zip(&mut self.banks) {
            let routed = routers.route(&bank.views, &self.encoding, self.train);
            match (&mut bank.alpha, &mut bank.grads) {
                (Some(alpha), grads) => {
                    tch::no_grad(|| alpha.copy_(&routed.alpha));
                    grads.iter_mut().for_each(|grads| drop(grads.zero_()));
                }
                (None, grads) => {
                    *grads = self.train.then(|| routed.alpha.zeros_like());
                    bank.alpha = Some(routed.alpha.shallow_clone());
                }
            }
            bank.routed = Some(routed);
        }
    }

    /// Adds the coefficients' gradients to the routers'.
    pub fn pull_back(&mut self) {
        for bank in &mut self.banks {
            if let (Some(routed), Some(grads)) = (&bank.routed, &bank.grads) {
                bank.views.pull_back(routed, grads);
            }
        }
    }
}

/// A mixed parameter of one subnet, with views of its experts and their gradients.
#[derive(Debug)]
pub struct MixedLeaf {
    bank: usize,
    layer: usize,
    grain: Grain,
    shape: Vec<i64>,
    /// Values of the experts.
    values: Vec<Tensor>,
    /// Gradients of the experts.
    grads: Vec<Tensor>,
    /// Coefficients of the experts, each shaped to multiply the parameter.
    alphas: Vec<Tensor>,
    /// Gradients of the same, in the shape in which they are summed.
    alpha_grads: Vec<Tensor>,
    /// Gradient of the merged parameter that is not pulled back yet.
    sum: Option<Tensor>,
}

impl MixedLeaf {
    /// Returns the merged value, in the type of the master weights.
    pub fn merge(&mut self, mixing: &Mixing) -> Tensor {
        if self.alphas.is_empty() {
            let bank = &mixing.banks[self.bank];
            let layer = |all: &Tensor| all.select(0, self.layer as i64).unbind(-1);
            let alpha = bank.alpha.as_ref().expect("routed before it is merged");
            self.alphas = layer(alpha).iter().map(|alpha| self.fitted(alpha)).collect();
            let grads = bank.grads.as_ref().map_or(vec![], layer);
            self.alpha_grads = grads.iter().map(|grad| self.rows(grad)).collect();
        }
        tch::no_grad(|| {
            let mut merged = &self.values[0] * &self.alphas[0];
            for (value, alpha) in self.values.iter().zip(&self.alphas).skip(1) {
                let _ = merged.addcmul_(value, alpha);
            }
            merged
        })
    }

    /// Adds a gradient of the merged parameter, which is of the master's type and belongs to nobody else.
    pub fn add(&mut self, grad: Tensor) {
        match &mut self.sum {
            Some(sum) => drop(sum.g_add_(&grad)),
            None => self.sum = Some(grad),
        }
    }

    /// Adds what was summed to the experts' gradients; the part that belongs to the coefficients is added to theirs.
    pub fn pull_back(&mut self) {
        let Some(grad) = self.sum.take() else { return };
        let experts = self.grads.iter_mut().zip(&self.alphas).zip(&self.values).zip(&mut self.alpha_grads);
        for (((to, alpha), value), alpha_grad) in experts {
            let _ = to.addcmul_(&grad, alpha);
            let product = &grad * value;
            let part = match self.grain {
                Grain::Layer if self.shape.len() == 2 => {
                    product.sum_dim_intlist([0, 1].as_slice(), false, None::<Kind>)
                }
                Grain::Layer => product.sum_dim_intlist(0, false, None::<Kind>),
                Grain::Neuron if self.shape.len() == 2 => product.sum_dim_intlist(1, false, None::<Kind>),
                Grain::Neuron => product,
            };
            let _ = alpha_grad.g_add_(&part);
        }
    }

    /// Returns the part of an expert's coefficients that the parameter has: all of it (one number) layer-wise, one a row
    /// neuron-wise.
    fn rows(&self, alpha: &Tensor) -> Tensor {
        if self.grain == Grain::Layer { alpha.shallow_clone() } else { corner(alpha, &self.shape[..1]) }
    }

    /// Returns an expert's coefficients, shaped to multiply the parameter.
    fn fitted(&self, alpha: &Tensor) -> Tensor {
        let rows = self.rows(alpha);
        if self.shape.len() == 2 { rows.unsqueeze(1) } else { rows }
    }
}
