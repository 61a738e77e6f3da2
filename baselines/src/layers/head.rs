//! Computes cross-entropy over a vocabulary, with its derivative written out.
//!
//! `loss = sum over tokens of (1 - eps) * nll + eps / V * sum_v(-log p_v)`, where eps is the label smoothing. With soft
//! targets q of share s it is `(1 - s) * loss + s * sum_v(-q_v log p_v)`. The derivative with respect to the logits is
//! softmax minus the target distribution; writing it down spares autograd several passes over the largest tensor of the
//! network.

use tch::{Kind, Tensor};

/// The projection onto the vocabulary, and what is minimised behind it.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Output projection `[V, d]`.
    pub output: &'a Tensor,
    /// Its bias `[V]`, where it has one.
    pub bias: Option<&'a Tensor>,
    /// Label smoothing.
    pub smoothing: f64,
    /// Targets that are distributions, beside those that are ids.
    pub soft: Option<&'a SoftTargets>,
}

/// Targets that are distributions over the vocabulary.
#[derive(Debug)]
pub struct SoftTargets {
    /// The distributions `[n, V]`.
    pub probabilities: Tensor,
    /// Their share of the loss.
    pub share: f64,
}

/// The sums over a batch's tokens (0-dim tensors on the device) and, in training, the gradients.
#[derive(Debug)]
pub struct HeadResult {
    /// The loss that is minimised, summed over tokens.
    pub loss: Tensor,
    /// Negative log-likelihood, summed over tokens.
    pub nll: Tensor,
    /// Gradients of the loss.
    pub grads: Option<HeadGrads>,
}

/// Gradients of a head's loss.
#[derive(Debug)]
pub struct HeadGrads {
    /// With respect to the states, `[n, d]`.
    pub states: Tensor,
    /// With respect to the output projection, `[V, d]`.
    pub output: Tensor,
    /// With respect to the bias, `[V]`, where there is one.
    pub bias: Option<Tensor>,
}

/// Runs the output projection and the loss on `states` `[n, d]` with targets `[n]`.
pub fn head(states: &Tensor, head: Head, target: &Tensor, with_grads: bool) -> HeadResult {
    tch::no_grad(|| {
        let (states, output) = (states.detach(), head.output.detach());
        let wide = if states.kind() == Kind::Double { Kind::Double } else { Kind::Float };
        let vocab = output.size()[0] as f64;
        let hard = 1.0 - head.soft.map_or(0.0, |soft| soft.share);
        let logits = match head.bias {
            Some(bias) => states.linear(&output, Some(&bias.detach())),
            None => states.mm(&output.tr()),
        };
        let mut log_p = logits.log_softmax(-1, wide);
        let index = target.unsqueeze(1);
        let nll = -log_p.gather(1, &index, false).sum(wide);
        let mut loss = &nll * (1.0 - head.smoothing) - log_p.sum(wide) * (head.smoothing / vocab);
        if let Some(soft) = head.soft {
            loss = loss * hard - (&log_p * &soft.probabilities).sum(wide) * soft.share;
        }
        let grads = with_grads.then(|| {
            let _ = log_p.exp_().g_add_scalar_(-hard * head.smoothing / vocab);
            let hit = Tensor::full([1, 1], hard * (head.smoothing - 1.0), (wide, states.device())).expand_as(&index);
            let _ = log_p.scatter_add_(1, &index, &hit);
            if let Some(soft) = head.soft {
                let _ = log_p.g_sub_(&(&soft.probabilities * soft.share));
            }
            let bias = head.bias.map(|bias| log_p.sum_dim_intlist(0, false, wide).to_kind(bias.kind()));
            let grad = log_p.to_kind(states.kind());
            HeadGrads { states: grad.mm(&output), output: grad.tr().mm(&states), bias }
        });
        HeadResult { loss, nll, grads }
    })
}
