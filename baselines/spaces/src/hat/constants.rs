//! Holds what all subnets of one of HAT's spaces share.

use serde::Deserialize;

/// The settings of a space that are never chosen.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// Joint width of the heads of queries, keys and values.
    pub qkv_dim: i64,
    /// Whether source, target and output share one embedding table.
    pub tied_embeddings: bool,
}
