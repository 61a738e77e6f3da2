//! Computes linear layers and layer norms.

use tch::Tensor;

/// Epsilon of the layer norms, which is PyTorch's default.
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
    /// Normalises the last dim.
    pub fn forward(&self, x: &Tensor) -> Tensor {
        x.layer_norm([x.size()[x.dim() - 1]], Some(&self.weight), Some(&self.bias), NORM_EPS, true)
    }
}
