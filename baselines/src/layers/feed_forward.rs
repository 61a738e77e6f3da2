//! Computes feed-forward blocks.

use tch::Tensor;

use super::affine::{Linear, Norm};
use super::dropout::dropout;

/// A feed-forward block, `fc2(relu(fc1(x)))`, and the norm that follows it.
#[derive(Debug)]
pub struct FeedForward {
    /// Layer into the hidden width.
    pub fc1: Linear,
    /// Layer out of the hidden width.
    pub fc2: Linear,
    /// Norm after the residual sum.
    pub norm: Norm,
}

impl FeedForward {
    /// Computes the whole residual block.
    pub fn forward(&self, x: &Tensor, rate: f64, train: bool) -> Tensor {
        let y = self.fc2.forward(&self.fc1.forward(x).relu());
        self.norm.forward(&(x + dropout(&y, rate, train)))
    }
}
