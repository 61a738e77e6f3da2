//! Takes a subnet's weights apart in the order of its layout.

use tch::Tensor;

use super::affine::{Linear, Norm};
use super::attention::SelfAttention;
use super::feed_forward::FeedForward;

/// Reads leaves one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    leaves: &'a [Tensor],
    next: usize,
}

impl<'a> Reader<'a> {
    /// Begins with the first leaf.
    pub fn new(leaves: &'a [Tensor]) -> Reader<'a> {
        Reader { leaves, next: 0 }
    }

    /// Returns the position of the leaf that is read next.
    pub fn position(&self) -> usize {
        self.next
    }

    /// Returns the next leaf.
    ///
    /// # Panics
    /// Panics if there is none: the layout and the model disagree, which is a bug.
    pub fn tensor(&mut self) -> Tensor {
        let leaf = self.leaves.get(self.next).expect("the layout decides how many leaves there are");
        self.next += 1;
        leaf.shallow_clone()
    }

    /// Reads weight and bias of a linear layer.
    pub fn linear(&mut self) -> Linear {
        Linear { weight: self.tensor(), bias: self.tensor() }
    }

    /// Reads weight and bias of a layer norm.
    pub fn norm(&mut self) -> Norm {
        Norm { weight: self.tensor(), bias: self.tensor() }
    }

    /// Reads projections and norm of self-attention.
    pub fn self_attention(&mut self, heads: i64) -> SelfAttention {
        SelfAttention { in_proj: self.linear(), out: self.linear(), norm: self.norm(), heads }
    }

    /// Reads a feed-forward block.
    pub fn feed_forward(&mut self) -> FeedForward {
        FeedForward { fc1: self.linear(), fc2: self.linear(), norm: self.norm() }
    }
}
