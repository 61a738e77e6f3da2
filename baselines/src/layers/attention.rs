//! Computes multi-head attention.

use tch::Tensor;

use super::affine::{Linear, Norm};

/// Self-attention with packed projections `[3 x qkv, width]`, and the norm that follows it.
#[derive(Debug)]
pub struct SelfAttention {
    /// Queries, keys and values in one projection.
    pub in_proj: Linear,
    /// Output projection.
    pub out: Linear,
    /// Norm after the residual sum.
    pub norm: Norm,
    /// Number of heads.
    pub heads: i64,
}

impl SelfAttention {
    /// Projects `x` to queries, keys and values, each `[batch, length, qkv]`.
    pub fn project(&self, x: &Tensor) -> [Tensor; 3] {
        let mut parts = self.in_proj.forward(x).chunk(3, -1).into_iter();
        std::array::from_fn(|_| parts.next().expect("three chunks"))
    }
}

/// Attends with `[rows, length, qkv]` queries over keys and values, heads split and joined inside.
pub fn attend(
    [query, key, value]: [&Tensor; 3],
    heads: i64,
    mask: Option<&Tensor>,
    causal: bool,
    dropout: f64,
) -> Tensor {
    let split = |x: &Tensor| {
        let (rows, length, width) = x.size3().expect("rows, length, width");
        x.view([rows, length, heads, width / heads]).transpose(1, 2)
    };
    let (q, k, v) = (split(query), split(key), split(value));
    let out = Tensor::scaled_dot_product_attention(&q, &k, &v, mask, dropout, causal, None, false);
    let (rows, length, width) = query.size3().expect("rows, length, width");
    out.transpose(1, 2).reshape([rows, length, width])
}
