//! Routers map the architecture encoding to mixing coefficients.
//!
//! The routers of all layers of one side (encoder or decoder) that mix the same kind of weight have equal shapes and
//! stand stacked in one parameter, so one batched product serves them all.

use mos_base::seed::{Purpose, name};
use mos_spaces::mixture::BankShape;
use tch::{Kind, Tensor};

use super::init::first_value;
use super::store::ParamStore;
use crate::layers::dropout::dropout;

/// Stacked routers, one for each layer of a stack.
#[derive(Clone, Debug)]
pub struct RouterBank {
    shape: BankShape,
    names: [String; 4],
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
    /// Derivative of `hidden` by what entered the ReLU, `[active layers, h]`: it is 0 where that or the dropout closed
    /// it.
    gate: Tensor,
}

impl RouterBank {
    /// Makes the bank of this shape; `dropout` follows its ReLU while training.
    pub fn new(shape: BankShape, dropout: f64) -> Self {
        let names = shape.specs().map(|spec| spec.name);
        RouterBank { shape, names, dropout }
    }

    /// Returns its shape.
    pub fn shape(&self) -> &BankShape {
        &self.shape
    }

    /// Writes the first values, drawn from (seed, name).
    pub fn initialise(&self, store: &ParamStore, seed_value: u64) {
        for spec in self.shape.specs() {
            let value = first_value(&spec, Purpose::RouterValues.seed(&[seed_value, name(&spec.name)]));
            store.named(&spec.name).shallow_clone().copy_(&value);
        }
    }

    /// Makes the views of the parameters, and of their gradients, that serve the first `active` layers and `groups` groups.
    pub fn views(&self, store: &ParamStore, active: i64, groups: i64) -> RouterViews {
        let rows = groups * self.shape.experts;
        let of = |part: &dyn Fn(&str) -> Tensor| {
            let [hidden_weight, hidden_bias, head_weight, head_bias] = self.names.each_ref().map(|name| part(name));
            Views {
                hidden_weight: hidden_weight.narrow(0, 0, active),
                hidden_bias: hidden_bias.narrow(0, 0, active),
                head_weight: cut(&head_weight, active, rows),
                head_bias: cut(&head_bias, active, rows),
            }
        };
        let values = of(&|name| store.named(name).shallow_clone());
        let grads = of(&|name| store.grad(store.id(name)).shallow_clone());
        RouterViews { values, grads, shape: [active, groups, self.shape.experts] }
    }

    /// Computes the coefficients, `[active, groups, m]`. `encoding` is `[features]`; `train` turns the dropout on.
    pub fn route(&self, views: &RouterViews, encoding: &Tensor, train: bool) -> Routed {
        let Views { hidden_weight, hidden_bias, head_weight, head_bias } = &views.values;
        tch::no_grad(|| {
            let entered = hidden_weight.matmul(encoding) + hidden_bias;
            let gate = dropout(&entered.gt(0.0).to_kind(entered.kind()), self.dropout, train);
            let hidden = entered * &gate;
            let logits = head_bias.unsqueeze(-1).baddbmm(head_weight, &hidden.unsqueeze(-1), 1.0, 1.0);
            let alpha = logits.view(views.shape).softmax(-1, None::<Kind>);
            Routed { alpha, encoding: encoding.shallow_clone(), hidden, gate }
        })
    }
}

/// The parameters of a bank's first layers, as views.
#[derive(Debug)]
struct Views {
    /// `[active, h, features]`
    hidden_weight: Tensor,
    /// `[active, h]`
    hidden_bias: Tensor,
    /// `[active, groups x m, h]`
    head_weight: Tensor,
    /// `[active, groups x m]`
    head_bias: Tensor,
}

/// The part of a bank that serves one subnet.
#[derive(Debug)]
pub struct RouterViews {
    values: Views,
    grads: Views,
    /// Active layers, groups, experts.
    shape: [i64; 3],
}

impl RouterViews {
    /// Adds to the routers' gradients those of a loss whose gradient with respect to `alpha` is `grad_alpha`. The chain
    /// is short and written out: gradients go straight into the buffer, and autograd's engine is not started for it.
    pub fn pull_back(&mut self, routed: &Routed, grad_alpha: &Tensor) {
        let Views { hidden_weight, hidden_bias, head_weight, head_bias } = &mut self.grads;
        tch::no_grad(|| {
            // The derivative of the softmax is alpha_i (g_i - sum_j alpha_j g_j).
            let weighted = &routed.alpha * grad_alpha;
            let mean = weighted.sum_dim_intlist(-1, true, None::<Kind>);
            let grad_logits = (weighted - &routed.alpha * mean).view([self.shape[0], -1]);
            let _ = head_bias.g_add_(&grad_logits);
            let _ = head_weight.addcmul_(&grad_logits.unsqueeze(-1), &routed.hidden.unsqueeze(1));
            let grad_hidden = grad_logits.unsqueeze(1).bmm(&self.values.head_weight).squeeze_dim(1);
            let grad_entered = grad_hidden * &routed.gate;
            let _ = hidden_bias.g_add_(&grad_entered);
            let _ = hidden_weight.addcmul_(&grad_entered.unsqueeze(-1), &routed.encoding);
        });
    }
}

/// Returns the part of a stacked parameter that belongs to the first `active` layers and `rows` outputs, as a view.
fn cut(stacked: &Tensor, active: i64, rows: i64) -> Tensor {
    stacked.narrow(0, 0, active).narrow(1, 0, rows)
}
