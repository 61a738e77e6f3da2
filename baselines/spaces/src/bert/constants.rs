//! Holds what all subnets of one of BERT's spaces share.

use serde::Deserialize;

/// The settings of a space that are never chosen.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// What surrounds the blocks, and is fixed in them, where layers have widths of their own.
    pub bottleneck: Option<Bottleneck>,
    /// Width of the embeddings and of what blocks hand on, where blocks have widths of their own (NAS-BERT): the hidden
    /// size of the teacher that each block learns from.
    pub stream: Option<i64>,
    /// Width of each head, where heads keep it whatever the hidden size is; elsewhere the heads of a layer share its
    /// hidden size.
    pub head_width: Option<i64>,
    /// Whether a subnet's layers are spread over those of the deepest one: layer i of n takes the weights of layer
    /// floor(i / (n / deepest)), as AutoDistil's does. Elsewhere they are the first ones.
    #[serde(default)]
    pub spread_layers: bool,
    /// Whether the heads have to divide the hidden size.
    pub heads_divide_hidden: bool,
    /// Standard deviation of the normal first values of weights (0.02 in BERT).
    pub init_std: f64,
}

/// The fixed sizes of a space in which bottleneck matrices lead into and out of every layer (SuperShaper).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bottleneck {
    /// Width of the embeddings, and of the stream between the layers.
    pub stream: i64,
    /// Heads of every layer.
    pub heads: i64,
    /// FFN width of every layer.
    pub intermediate: i64,
}
