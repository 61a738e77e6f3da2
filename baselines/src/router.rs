//! Routers: from the architecture encoding to mixing coefficients.
//!
//! The routers of all layers of one side (encoder or decoder) that mix the same kind of weight have equal shapes and
//! stand stacked in one parameter, so one batched product serves them all.

use tch::{Kind, Tensor};

use crate::dropout::dropout;
use crate::params::{ParamShape, ParamStore};
use crate::seed;

/// Stacked routers `Linear(features -> h), ReLU, Dropout, Linear(h -> outputs)`, one per layer.
#[derive(Clone, Debug)]
pub struct RouterBank {
    names: [String; 4],
    layers: i64,
    features: i64,
    width: i64,
    outputs: i64,
    /// Neuron-wise: the second layer is Xavier-uniform with zero bias; layer-wise: torch's default `Linear`.
    xavier_head: bool,
    dropout: f64,
}

/// The coefficients of one forward pass, with what their derivative needs.
#[derive(Debug)]
pub struct Routed {
    /// Softmax over experts, `[active layers, groups, m]`.
    pub alpha: Tensor,
    /// What the routers saw, `[features]`.
    encoding: Tensor,
    /// Output of the first layer, `[active layers, h]`.
    hidden: Tensor,
    /// Its derivative by what entered the ReLU: 0 where that or the dropout closed it, `[active layers, h]`.
    gate: Tensor,
}

/// Shape of a bank.
#[derive(Clone, Copy, Debug)]
pub struct BankShape {
    /// Layers of the side.
    pub layers: i64,
    /// Length of the architecture encoding.
    pub features: i64,
    /// Hidden width h.
    pub width: i64,
    /// Groups that get a mixture of their own (1 layer-wise; output neurons neuron-wise).
    pub groups: i64,
    /// Experts m.
    pub experts: i64,
}

impl RouterBank {
    /// A bank named `router.<name>`; `dropout` follows its ReLU while training.
    pub fn new(name: &str, shape: BankShape, xavier_head: bool, dropout: f64) -> Self {
        let names =
            ["hidden.weight", "hidden.bias", "logits.weight", "logits.bias"].map(|p| format!("router.{name}.{p}"));
        let outputs = shape.groups * shape.experts;
        RouterBank {
            names,
            layers: shape.layers,
            features: shape.features,
            width: shape.width,
            outputs,
            xavier_head,
            dropout,
        }
    }

    /// Its parameters.
    pub fn shapes(&self) -> Vec<ParamShape> {
        let dims: [&[i64]; 4] = [
            &[self.layers, self.width, self.features],
            &[self.layers, self.width],
            &[self.layers, self.outputs, self.width],
            &[self.layers, self.outputs],
        ];
        self.names.iter().zip(dims).map(|(name, shape)| ParamShape::new(name.clone(), shape)).collect()
    }

    /// Writes the first values, drawn from (seed, name).
    pub fn initialise(&self, store: &ParamStore, seed_value: u64) {
        let torch_default = |fan_in: i64| 1.0 / (fan_in as f64).sqrt();
        let head = if self.xavier_head {
            (6.0 / (self.outputs + self.width) as f64).sqrt()
        } else {
            torch_default(self.width)
        };
        let bounds = [
            torch_default(self.features),
            torch_default(self.features),
            head,
            if self.xavier_head { 0.0 } else { torch_default(self.width) },
        ];
        for (name, bound) in self.names.iter().zip(bounds) {
            tch::manual_seed(seed::derive(&[seed_value, seed::name(name)]));
            let shape = store.named(name).size();
            let mut value = Tensor::zeros(shape, (Kind::Float, tch::Device::Cpu));
            let _ = value.uniform_(-bound, bound);
            store.named(name).shallow_clone().copy_(&value);
        }
    }

    /// Coefficients of the first `active` layers for the first `groups` groups: `[active, groups, m]`.
    /// `encoding` is `[features]`; `train` turns the dropout on.
    pub fn route(
        &self,
        store: &ParamStore,
        encoding: &Tensor,
        active: i64,
        groups: i64,
        m: i64,
        train: bool,
    ) -> Routed {
        let rows = groups * m;
        let [hidden_w, hidden_b, head_w, head_b] = self.names.each_ref().map(|name| store.named(name));
        tch::no_grad(|| {
            let entered = hidden_w.narrow(0, 0, active).matmul(encoding) + hidden_b.narrow(0, 0, active);
            let gate = dropout(&entered.gt(0.0).to_kind(entered.kind()), self.dropout, train);
            let hidden = entered * &gate;
            let bias = cut(head_b, active, rows).unsqueeze(-1);
            let logits = bias.baddbmm(&cut(head_w, active, rows), &hidden.unsqueeze(-1), 1.0, 1.0);
            let alpha = logits.view([active, groups, m]).softmax(-1, None::<Kind>);
            Routed { alpha, encoding: encoding.shallow_clone(), hidden, gate }
        })
    }

    /// Adds to the routers' gradients those of a loss whose gradient with respect to `alpha` is `grad_alpha`. The chain
    /// is short and written out: gradients go straight into the buffer, and autograd's engine is not started for it.
    pub fn pull_back(&self, store: &ParamStore, routed: &Routed, grad_alpha: &Tensor) {
        let [hidden_w, hidden_b, head_w, head_b] = self.names.each_ref().map(|name| store.grad(store.id(name)));
        tch::no_grad(|| {
            let active = routed.hidden.size()[0];
            // Softmax: alpha_i (g_i - sum_j alpha_j g_j).
            let weighted = &routed.alpha * grad_alpha;
            let mean = weighted.sum_dim_intlist(-1, true, None::<Kind>);
            let grad_logits = (weighted - &routed.alpha * mean).view([active, -1]);
            let rows = grad_logits.size()[1];
            let _ = cut(head_b, active, rows).g_add_(&grad_logits);
            let _ = cut(head_w, active, rows).addcmul_(&grad_logits.unsqueeze(-1), &routed.hidden.unsqueeze(1));
            let weights = cut(store.named(&self.names[2]), active, rows);
            let grad_hidden = grad_logits.unsqueeze(1).bmm(&weights).squeeze_dim(1);
            let grad_entered = grad_hidden * &routed.gate;
            let _ = hidden_b.narrow(0, 0, active).g_add_(&grad_entered);
            let _ = hidden_w.narrow(0, 0, active).addcmul_(&grad_entered.unsqueeze(-1), &routed.encoding);
        });
    }
}

/// The part of a stacked parameter that belongs to the first `active` layers and `rows` outputs, as a view.
fn cut(stacked: &Tensor, active: i64, rows: i64) -> Tensor {
    stacked.narrow(0, 0, active).narrow(1, 0, rows)
}
