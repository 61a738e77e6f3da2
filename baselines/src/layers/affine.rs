//! Computes linear layers and layer norms.

use tch::{Kind, Tensor};

/// PyTorch's default epsilon of layer norms.
const NORM_EPS: f64 = 1e-5;

/// A linear layer, `y = x W^T + b`.
#[derive(Debug)]
pub struct Linear {
    /// W, of shape `[outputs, inputs]`.
    pub weight: Tensor,
    /// b, of shape `[outputs]`.
    pub bias: Tensor,
}

impl Linear {
    /// Maps the last dim.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.linear(&self.weight, Some(&self.bias))
    }

    /// Returns the one layer that computes this one and then `next`.
    pub fn then(&self, next: &Linear) -> Linear {
        Linear { weight: next.weight.mm(&self.weight), bias: self.bias.linear(&next.weight, Some(&next.bias)) }
    }
}

/// Returns a tensor of half precision in float32, and any other as it is.
pub fn widened(x: &Tensor) -> Tensor {
    match x.kind() {
        Kind::BFloat16 | Kind::Half => x.to_kind(Kind::Float),
        _ => x.shallow_clone(),
    }
}

/// A layer norm over the last dim.
#[derive(Debug)]
pub struct Norm {
    /// Scale, of shape `[width]`.
    pub weight: Tensor,
    /// Shift, of shape `[width]`.
    pub bias: Tensor,
}

impl Norm {
    /// Normalises the last dim, with PyTorch's default epsilon.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        self.forward_with(x, NORM_EPS)
    }

    /// Normalises the last dim with this epsilon.
    pub fn forward_with(&self, x: &Tensor, eps: f64) -> Tensor {
        x.layer_norm([x.size()[x.dim() - 1]], Some(&self.weight), Some(&self.bias), eps, true)
    }
}
