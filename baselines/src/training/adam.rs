//! Runs Adam over the flat buffers of a [`ParamStore`], in cache-sized pieces.
//!
//! The update is PyTorch's AdamW: `p *= 1 - lr * decay` where decay applies, then `p -= lr / (1 - b1^t) * m / (sqrt(v /
//! (1 - b2^t)) + eps)`. tch's own optimiser cannot save its moments, and a job must resume exactly.

use tch::{Kind, Tensor};

use crate::supernet::store::ParamStore;

/// Number of elements of one piece: its parameter, gradient, moments and scratch (20 bytes an element) fit a core's
/// cache.
const PIECE: i64 = 1 << 16;

/// Adam's settings (HAT's training configurations).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamConfig {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// Decoupled weight decay, of the parameters that say so; 0 turns it off.
    pub weight_decay: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        AdamConfig { beta1: 0.9, beta2: 0.98, eps: 1e-8, weight_decay: 0.0 }
    }
}

/// The optimiser: its moments and step count.
#[derive(Debug)]
pub struct Adam {
    config: AdamConfig,
    /// First moment, flat.
    pub first: Tensor,
    /// Second moment, flat.
    pub second: Tensor,
    /// Steps done.
    pub steps: u64,
    pieces: Vec<Piece>,
    /// Views of the parameters to which weight decay applies; none where it is off.
    decayed: Vec<Tensor>,
}

#[derive(Debug)]
struct Piece {
    param: Tensor,
    grad: Tensor,
    first: Tensor,
    second: Tensor,
    scratch: Tensor,
}

impl Adam {
    /// Makes zeroed moments for `params`.
    pub fn new(config: AdamConfig, params: &ParamStore) -> Self {
        let first = params.flat.zeros_like();
        let second = params.flat.zeros_like();
        let total = params.numel();
        let on_cpu = params.device() == tch::Device::Cpu;
        let piece = if on_cpu { PIECE * i64::from(tch::get_num_threads().max(1)) } else { total.max(1) };
        let scratch = params.flat.narrow(0, 0, piece.min(total)).zeros_like();
        assert_eq!(scratch.kind() == Kind::Double, first.kind() == Kind::Double, "moments and scratch are of one kind");
        let decays = config.weight_decay > 0.0;
        let decayed = params.decayed().into_iter().filter(|_| decays);
        let decayed = decayed.map(|(start, len)| params.flat.narrow(0, start, len)).collect();
        let cut = |start: i64| {
            let len = piece.min(total - start);
            let part = |t: &Tensor| t.narrow(0, start, len);
            Piece {
                param: part(&params.flat),
                grad: part(&params.grad),
                first: part(&first),
                second: part(&second),
                scratch: scratch.narrow(0, 0, len),
            }
        };
        let pieces = (0..total).step_by(piece.max(1) as usize).map(cut).collect();
        Adam { config, first, second, steps: 0, pieces, decayed }
    }

    /// Makes one step with the gradients in the store, each multiplied by `grad_scale` (a 0-dim tensor on the device,
    /// so that clipping needs no host synchronisation).
    pub fn step(&mut self, lr: f64, grad_scale: &Tensor) {
        self.steps += 1;
        let AdamConfig { beta1, beta2, eps, weight_decay } = self.config;
        for part in &mut self.decayed {
            let _ = part.g_mul_scalar_(1.0 - lr * weight_decay);
        }
        let correction1 = 1.0 - beta1.powf(self.steps as f64);
        let correction2 = (1.0 - beta2.powf(self.steps as f64)).sqrt();
        let (eps, negative_step) = (eps * correction2, -correction1 / (lr * correction2));
        for piece in &mut self.pieces {
            let _ = piece.grad.g_mul_(grad_scale);
            let _ = piece.first.lerp_(&piece.grad, 1.0 - beta1);
            let _ = piece.grad.square_out(&piece.scratch);
            let _ = piece.second.lerp_(&piece.scratch, 1.0 - beta2);
            let _ = piece.second.sqrt_out(&piece.scratch);
            // The scratch becomes (sqrt(v) + eps') * (-1 / step), so that the division below is the whole step.
            let _ = piece.scratch.g_add_scalar_(eps).g_mul_scalar_(negative_step);
            let _ = piece.param.addcdiv_(&piece.first, &piece.scratch);
        }
    }
}
