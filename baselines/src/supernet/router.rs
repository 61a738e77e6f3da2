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

    /// Computes the coefficients of the first `active` layers for the first `groups` groups, `[active, groups, m]`.
    /// `encoding` is `[features]`; `train` turns the dropout on.
    pub fn route(&self, store: &ParamStore, encoding: &Tensor, active: i64, groups: i64, train: bool) -> Routed {
        let m = self.shape.experts;
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
            // The derivative of the softmax is alpha_i (g_i - sum_j alpha_j g_j).
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

/// Returns the part of a stacked parameter that belongs to the first `active` layers and `rows` outputs, as a view.
fn cut(stacked: &Tensor, active: i64, rows: i64) -> Tensor {
    stacked.narrow(0, 0, active).narrow(1, 0, rows)
}
