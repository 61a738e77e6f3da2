//! Adam over the flat buffers of a [`ParamStore`], in cache-sized pieces.
//!
//! The update is PyTorch's: `p -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)`. tch's own optimiser cannot
//! save its moments, and a job must resume exactly.

use tch::{Kind, Tensor};

use crate::params::ParamStore;

/// Elements of one piece: its parameter, gradient, moments and scratch (20 bytes an element) fit a core's cache.
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
}

impl Default for AdamConfig {
    fn default() -> Self {
        AdamConfig { beta1: 0.9, beta2: 0.98, eps: 1e-8 }
    }
}

/// Moments and step count.
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
    scratch: Tensor,
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
    /// Zeroed moments for `params`.
    pub fn new(config: AdamConfig, params: &ParamStore) -> Self {
        let first = params.flat.zeros_like();
        let second = params.flat.zeros_like();
        let total = params.numel();
        let on_cpu = params.device() == tch::Device::Cpu;
        let piece = if on_cpu { PIECE * i64::from(tch::get_num_threads().max(1)) } else { total.max(1) };
        let scratch = params.flat.narrow(0, 0, piece.min(total)).zeros_like();
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
        Adam { config, first, second, steps: 0, pieces, scratch }
    }

    /// One step with the gradients in the store, each multiplied by `grad_scale` (a 0-dim tensor on the device, so
    /// that clipping needs no host synchronisation).
    pub fn step(&mut self, lr: f64, grad_scale: &Tensor) {
        self.steps += 1;
        let AdamConfig { beta1, beta2, eps } = self.config;
        let correction1 = 1.0 - beta1.powf(self.steps as f64);
        let correction2 = (1.0 - beta2.powf(self.steps as f64)).sqrt();
        let (eps, negative_step) = (eps * correction2, -correction1 / (lr * correction2));
        debug_assert_eq!(self.scratch.kind() == Kind::Double, self.first.kind() == Kind::Double);
        for piece in &mut self.pieces {
            let _ = piece.grad.g_mul_(grad_scale);
            let _ = piece.first.lerp_(&piece.grad, 1.0 - beta1);
            let _ = piece.grad.square_out(&piece.scratch);
            let _ = piece.second.lerp_(&piece.scratch, 1.0 - beta2);
            let _ = piece.second.sqrt_out(&piece.scratch);
            // scratch = (sqrt(v) + eps') * (-1 / step), so that the division below is the whole step.
            let _ = piece.scratch.g_add_scalar_(eps).g_mul_scalar_(negative_step);
            let _ = piece.param.addcdiv_(&piece.first, &piece.scratch);
        }
    }
}
