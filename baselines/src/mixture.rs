//! Experts and their mixing: the merged feed-forward weights of a MoS supernet.
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
    encoder: Vec<Mixed>,
    decoder: Vec<Mixed>,
}

/// The coefficients of one bank, and the same as views: by layer, then by expert, each of shape `[groups]`.
#[derive(Debug)]
struct Mixed {
    routed: Routed,
    parts: Vec<Vec<Tensor>>,
}

/// Views of `[layers, groups, m]`, as [`Mixed::parts`].
fn by_layer_and_expert(alpha: &Tensor) -> Vec<Vec<Tensor>> {
    alpha.unbind(0).iter().map(|layer| layer.unbind(-1)).collect()
}

/// Where in the coefficients a feed-forward parameter finds its own.
#[derive(Clone, Copy, Debug)]
struct Place {
    decoder: bool,
    layer: usize,
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

    /// Writes the first values: experts are independent draws, routers their own.
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
                let routed = bank.route(store, encoding, ffn.len() as i64, groups, self.experts, train);
                let parts = by_layer_and_expert(&routed.alpha);
                Mixed { routed, parts }
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
        let alphas = &coefficients.side(place.decoder)[place.bank].parts[place.layer];
        let value = |e: i64| corner(store.named(&expert_name(e, name)), shape);
        let mut merged = value(0) * self.fitted(&alphas[0], shape);
        for (e, alpha) in (1..self.experts).zip(&alphas[1..]) {
            let _ = merged.addcmul_(&value(e), &self.fitted(alpha, shape));
        }
        merged
    }

    /// Adds the gradient of a merged parameter to its experts' and returns nothing; the part that belongs to the
    /// coefficients is added to `grads`.
    pub fn pull_back(
        &self,
        store: &ParamStore,
        coefficients: &Coefficients,
        grads: &CoefficientGrads,
        name: &str,
        grad: &Tensor,
    ) {
        let place = self.place(name);
        let shape = grad.size();
        let alphas = &coefficients.side(place.decoder)[place.bank].parts[place.layer];
        let grads = &grads.side(place.decoder)[place.bank].parts[place.layer];
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
        let sides = [
            (&self.encoder, &coefficients.encoder, &grads.encoder),
            (&self.decoder, &coefficients.decoder, &grads.decoder),
        ];
        for (side, mixed, grads) in sides {
            for ((bank, mixed), grad) in side.banks.iter().zip(mixed).zip(grads) {
                bank.pull_back(store, &mixed.routed, &grad.alpha);
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

    /// The part of an expert's coefficients that a parameter of shape `shape` has: all of it (one number) layer-wise, one
    /// a row neuron-wise.
    fn rows(&self, alpha: &Tensor, shape: &[i64]) -> Tensor {
        if self.grain == Grain::Layer { alpha.shallow_clone() } else { corner(alpha, &shape[..1]) }
    }

    /// The same, shaped to multiply a parameter of shape `shape`.
    fn fitted(&self, alpha: &Tensor, shape: &[i64]) -> Tensor {
        let rows = self.rows(alpha, shape);
        if shape.len() == 2 { rows.unsqueeze(1) } else { rows }
    }
}

impl Coefficients {
    fn side(&self, decoder: bool) -> &[Mixed] {
        if decoder { &self.decoder } else { &self.encoder }
    }
}

/// Gradients with respect to the coefficients, shaped like them.
#[derive(Debug)]
pub struct CoefficientGrads {
    encoder: Vec<MixedGrads>,
    decoder: Vec<MixedGrads>,
}

/// As [`Mixed`].
#[derive(Debug)]
struct MixedGrads {
    alpha: Tensor,
    parts: Vec<Vec<Tensor>>,
}

impl CoefficientGrads {
    /// Zeros for `coefficients`.
    pub fn zeros_like(coefficients: &Coefficients) -> Self {
        let zeros = |mixed: &Mixed| {
            let alpha = mixed.routed.alpha.zeros_like();
            let parts = by_layer_and_expert(&alpha);
            MixedGrads { alpha, parts }
        };
        let side = |side: &[Mixed]| side.iter().map(zeros).collect();
        CoefficientGrads { encoder: side(&coefficients.encoder), decoder: side(&coefficients.decoder) }
    }

    fn side(&self, decoder: bool) -> &[MixedGrads] {
        if decoder { &self.decoder } else { &self.encoder }
    }
}
