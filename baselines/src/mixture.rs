//! Experts and their mixing: the merged feed-forward weights of a MoS supernet (facts 1.2, 1.3).
//!
//! `W(a) = sum_e diag(alpha_e) W_e[:rows, :columns]`, biases likewise; `alpha` is one number a layer (layer-wise,
//! shared by fc1 and fc2) or one a row (neuron-wise, a router each for fc1 and fc2). Merging and its derivative are
//! written out: the experts' gradients are added straight into the gradient buffer, with no copy of their full size.

use tch::{Kind, Tensor};

use crate::method::MethodSettings;
use crate::params::{ParamShape, ParamStore, corner};
use crate::router::{BankShape, Routed, RouterBank};
use crate::space::{Arch, SearchSpace};

/// How fine the mixtures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// One mixture a layer.
    Layer,
    /// One mixture an output neuron.
    Neuron,
}

/// The experts beyond the first and the routers of one supernet.
#[derive(Debug)]
pub struct Mixture {
    grain: Grain,
    experts: i64,
    encoder: Side,
    decoder: Side,
}

/// Router banks of the encoder or the decoder: one (layer-wise) or one each for fc1 and fc2 (neuron-wise).
#[derive(Debug)]
struct Side {
    name: &'static str,
    banks: Vec<RouterBank>,
}

/// The coefficients of one subnet pass.
#[derive(Debug)]
pub struct Coefficients {
    encoder: Vec<Routed>,
    decoder: Vec<Routed>,
}

/// Where in the coefficients a feed-forward parameter finds its own.
#[derive(Clone, Copy, Debug)]
struct Place {
    decoder: bool,
    layer: i64,
    bank: usize,
}

/// Name of an extra expert's parameter; expert 0 is the shared weight itself.
fn expert_name(expert: i64, name: &str) -> String {
    if expert == 0 { name.to_string() } else { format!("expert.{expert}.{name}") }
}

impl Mixture {
    /// The mixture of a space whose widest shape is `widest`.
    pub fn new(grain: Grain, space: &SearchSpace, widest: &Arch, settings: &MethodSettings) -> Self {
        let side = |name: &'static str, ffn: &[i64], width: i64| {
            let shape = |groups| BankShape {
                layers: ffn.len() as i64,
                features: space.feature_norm.len() as i64,
                width: settings.router_width,
                groups,
                experts: settings.experts,
            };
            let bank = |part: &str, groups, xavier| {
                RouterBank::new(&format!("{name}{part}"), shape(groups), xavier, settings.router_dropout)
            };
            let banks = match grain {
                Grain::Layer => vec![bank("", 1, false)],
                Grain::Neuron => {
                    vec![bank(".fc1", ffn.iter().copied().max().unwrap_or(0), true), bank(".fc2", width, true)]
                }
            };
            Side { name, banks }
        };
        Mixture {
            grain,
            experts: settings.experts,
            encoder: side("encoder", &widest.encoder_ffn_dims, widest.encoder_embed_dim),
            decoder: side("decoder", &widest.decoder_ffn_dims, widest.decoder_embed_dim),
        }
    }

    /// Experts of a layer, m.
    pub fn experts(&self) -> i64 {
        self.experts
    }

    /// Parameters that it adds to those of the plain supernet: experts 1.. and routers.
    pub fn shapes(&self, dense: &[ParamShape]) -> Vec<ParamShape> {
        let ffn = || dense.iter().filter(|s| crate::layout::is_ffn(&s.name));
        let experts =
            (1..self.experts).flat_map(|e| ffn().map(move |s| ParamShape::new(expert_name(e, &s.name), &s.shape)));
        let routers = [&self.encoder, &self.decoder].into_iter().flat_map(|s| &s.banks).flat_map(RouterBank::shapes);
        experts.chain(routers).collect()
    }

    /// Writes the first values: experts are independent draws (facts 1.7), routers their own.
    pub fn initialise(&self, store: &ParamStore, dense: &[ParamShape], seed_value: u64) {
        for shape in dense.iter().filter(|s| crate::layout::is_ffn(&s.name)) {
            for e in 1..self.experts {
                let value = crate::layout::initial(&shape.name, &shape.shape, seed_value, e as u64);
                store.named(&expert_name(e, &shape.name)).shallow_clone().copy_(&value);
            }
        }
        for bank in self.encoder.banks.iter().chain(&self.decoder.banks) {
            bank.initialise(store, seed_value);
        }
    }

    /// Mixing coefficients of `arch`, whose encoding (or the control's constant) is `encoding`.
    pub fn route(&self, store: &ParamStore, arch: &Arch, encoding: &Tensor, train: bool) -> Coefficients {
        let side = |side: &Side, ffn: &[i64], width: i64| {
            let widest_ffn = ffn.iter().copied().max().unwrap_or(0);
            let groups = match self.grain {
                Grain::Layer => vec![1],
                Grain::Neuron => vec![widest_ffn, width],
            };
            let route = |(bank, groups): (&RouterBank, i64)| {
                bank.route(store, encoding, ffn.len() as i64, groups, self.experts, train)
            };
            side.banks.iter().zip(groups).map(route).collect()
        };
        Coefficients {
            encoder: side(&self.encoder, &arch.encoder_ffn_dims, arch.encoder_embed_dim),
            decoder: side(&self.decoder, &arch.decoder_ffn_dims, arch.decoder_embed_dim),
        }
    }

    /// The merged value of the feed-forward parameter `name` of shape `shape`, in float32.
    pub fn merge(&self, store: &ParamStore, coefficients: &Coefficients, name: &str, shape: &[i64]) -> Tensor {
        let place = self.place(name);
        let mut merged = Tensor::new();
        for e in 0..self.experts {
            let value = corner(store.named(&expert_name(e, name)), shape).detach();
            let alpha = self.alpha(coefficients, place, e, shape);
            if e == 0 {
                merged = value * alpha;
            } else {
                let _ = merged.addcmul_(&value, &alpha);
            }
        }
        merged
    }

    /// Adds the gradient of a merged parameter to its experts' and returns nothing; the part that belongs to the
    /// coefficients is added to `grads`.
    pub fn pull_back(
        &self,
        store: &ParamStore,
        coefficients: &Coefficients,
        grads: &mut CoefficientGrads,
        name: &str,
        grad: &Tensor,
    ) {
        let place = self.place(name);
        let shape = grad.size();
        for e in 0..self.experts {
            let id = store.id(&expert_name(e, name));
            let alpha = self.alpha(coefficients, place, e, &shape);
            let _ = corner(store.grad(id), &shape).addcmul_(grad, &alpha);
            if self.experts == 1 {
                continue; // the softmax over one expert is constant
            }
            let product = grad * corner(store.value(id), &shape);
            let target = grads.side(place.decoder)[place.bank].get(place.layer).select(1, e);
            let (mut target, part) = match self.grain {
                Grain::Layer => (target.get(0), product.sum(None::<Kind>)),
                Grain::Neuron if shape.len() == 2 => {
                    (target.narrow(0, 0, shape[0]), product.sum_dim_intlist(1, false, None::<Kind>))
                }
                Grain::Neuron => (target.narrow(0, 0, shape[0]), product),
            };
            let _ = target.g_add_(&part);
        }
    }

    /// Adds the coefficients' gradients to the routers'.
    pub fn pull_back_routers(&self, store: &ParamStore, coefficients: &Coefficients, grads: &CoefficientGrads) {
        let sides = [
            (&self.encoder, &coefficients.encoder, &grads.encoder),
            (&self.decoder, &coefficients.decoder, &grads.decoder),
        ];
        for (side, routed, grads) in sides {
            for ((bank, routed), grad) in side.banks.iter().zip(routed).zip(grads) {
                bank.pull_back(store, routed, grad);
            }
        }
    }

    fn place(&self, name: &str) -> Place {
        let mut parts = name.split('.');
        let decoder = parts.next() == Some(self.decoder.name);
        let layer = parts.next().and_then(|n| n.parse().ok()).expect("feed-forward names hold their layer");
        let second = parts.next() == Some("fc2");
        Place { decoder, layer, bank: usize::from(second && self.grain == Grain::Neuron) }
    }

    /// Coefficient of expert `e`: 0-dim layer-wise; `[rows]` or `[rows, 1]`, to fit `shape`, neuron-wise.
    fn alpha(&self, coefficients: &Coefficients, place: Place, e: i64, shape: &[i64]) -> Tensor {
        let side = if place.decoder { &coefficients.decoder } else { &coefficients.encoder };
        let alpha = side[place.bank].alpha.detach().get(place.layer).select(1, e);
        match self.grain {
            Grain::Layer => alpha.get(0),
            Grain::Neuron => {
                let rows = alpha.narrow(0, 0, shape[0]);
                if shape.len() == 2 { rows.unsqueeze(1) } else { rows }
            }
        }
    }
}

/// Gradients with respect to the coefficients, shaped like them.
#[derive(Debug)]
pub struct CoefficientGrads {
    encoder: Vec<Tensor>,
    decoder: Vec<Tensor>,
}

impl CoefficientGrads {
    /// Zeros for `coefficients`.
    pub fn zeros_like(coefficients: &Coefficients) -> Self {
        let zeros = |side: &[Routed]| side.iter().map(|r| r.alpha.detach().zeros_like()).collect();
        CoefficientGrads { encoder: zeros(&coefficients.encoder), decoder: zeros(&coefficients.decoder) }
    }

    fn side(&mut self, decoder: bool) -> &mut Vec<Tensor> {
        if decoder { &mut self.decoder } else { &mut self.encoder }
    }
}
