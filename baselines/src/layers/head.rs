//! Computes label-smoothed cross-entropy, with its derivative written out.
//!
//! `loss = sum over tokens of (1 - eps) * nll + eps / V * sum_v(-log p_v)`. The derivative with respect to
//! the logits is `softmax - eps / V - (1 - eps) * onehot`; writing it down spares autograd several passes over the
//! largest tensor of the network.

use tch::{Kind, Tensor};

/// The sums over a batch's tokens (0-dim tensors on the device) and, in training, the gradients.
#[derive(Debug)]
pub struct HeadResult {
    /// Label-smoothed loss, summed over tokens.
    pub loss: Tensor,
    /// Negative log-likelihood, summed over tokens.
    pub nll: Tensor,
    /// Gradients with respect to the states `[n, d]` and to the output projection `[V, d]`.
    pub grads: Option<(Tensor, Tensor)>,
}

/// Runs the output projection and the loss on `states` `[n, d]` with projection `output` `[V, d]` and targets `[n]`.
pub fn head(states: &Tensor, output: &Tensor, target: &Tensor, smoothing: f64, with_grads: bool) -> HeadResult {
    tch::no_grad(|| {
        let (states, output) = (states.detach(), output.detach());
        let wide = if states.kind() == Kind::Double { Kind::Double } else { Kind::Float };
        let vocab = output.size()[0] as f64;
        let mut log_p = states.mm(&output.tr()).log_softmax(-1, wide);
        let index = target.unsqueeze(1);
        let nll = -log_p.gather(1, &index, false).sum(wide);
        let loss = &nll * (1.0 - smoothing) - log_p.sum(wide) * (smoothing / vocab);
        let grads = with_grads.then(|| {
            let _ = log_p.exp_().g_add_scalar_(-smoothing / vocab);
            let hit = Tensor::full([1, 1], smoothing - 1.0, (wide, states.device())).expand_as(&index);
            let _ = log_p.scatter_add_(1, &index, &hit);
            let grad = log_p.to_kind(states.kind());
            (grad.mm(&output), grad.tr().mm(&states))
        });
        HeadResult { loss, nll, grads }
    })
}
