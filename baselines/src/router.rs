//! Routers: from the architecture encoding to mixing coefficients (facts 1.2, 1.3).
//!
//! The routers of all layers of one side (encoder or decoder) that mix the same kind of weight have equal shapes and
//! stand stacked in one parameter, so one batched product serves them all.

use tch::{Kind, Tensor};

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
    /// A leaf: the graph of `alpha` begins here, `[active layers, groups, m]`.
    logits: Tensor,
    /// Output of the first layer, attached to `hidden_leaves`, `[active layers, h]`.
    hidden: Tensor,
    hidden_leaves: [Tensor; 2],
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
        let hidden_leaves = [hidden_w, hidden_b].map(|w| w.narrow(0, 0, active).detach().set_requires_grad(true));
        let hidden = hidden_leaves[0].matmul(encoding) + &hidden_leaves[1];
        let hidden = hidden.relu().dropout(self.dropout, train);
        let logits = tch::no_grad(|| {
            let bias = cut(head_b, active, rows).unsqueeze(-1);
            bias.baddbmm(&cut(head_w, active, rows), &hidden.unsqueeze(-1), 1.0, 1.0).view([active, groups, m])
        });
        let logits = logits.set_requires_grad(true);
        let alpha = logits.softmax(-1, None::<Kind>);
        Routed { alpha, logits, hidden, hidden_leaves }
    }

    /// Adds to the routers' gradients those of a loss whose gradient with respect to `alpha` is `grad_alpha`. The second
    /// layer, by far the larger, is derived by hand: its gradient goes straight into the buffer.
    pub fn pull_back(&self, store: &ParamStore, routed: &Routed, grad_alpha: &Tensor) {
        let [hidden_w, hidden_b, head_w, head_b] = self.names.each_ref().map(|name| store.id(name));
        let scalar = (&routed.alpha * grad_alpha).sum(None::<Kind>);
        let mut grads = Tensor::run_backward(&[scalar], &[&routed.logits], false, false);
        let grad_hidden = tch::no_grad(|| {
            let active = routed.hidden.size()[0];
            let grad_logits = grads.remove(0).view([active, -1]);
            let rows = grad_logits.size()[1];
            let _ = cut(store.grad(head_b), active, rows).g_add_(&grad_logits);
            let column = grad_logits.unsqueeze(-1);
            let _ = cut(store.grad(head_w), active, rows).baddbmm_(&column, &routed.hidden.unsqueeze(1));
            grad_logits.unsqueeze(1).bmm(&cut(store.value(head_w), active, rows)).squeeze_dim(1)
        });
        let scalar = (&routed.hidden * grad_hidden).sum(None::<Kind>);
        let grads = Tensor::run_backward(&[scalar], &routed.hidden_leaves, false, false);
        for (id, grad) in [hidden_w, hidden_b].into_iter().zip(grads) {
            let _ = store.grad(id).narrow(0, 0, grad.size()[0]).g_add_(&grad);
        }
    }
}

/// The part of a stacked parameter that belongs to the first `active` layers and `rows` outputs, as a view.
fn cut(stacked: &Tensor, active: i64, rows: i64) -> Tensor {
    stacked.narrow(0, 0, active).narrow(1, 0, rows)
}
