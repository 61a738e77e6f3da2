//! One subnet.

use serde::{Deserialize, Serialize};

use super::keys::Keys;

/// A subnet of HAT's space: one entry a layer in each list. Serialised with the keys of HAT's configurations
/// (`encoder_embed_dim`, `encoder_layer_num`, `encoder_ffn_embed_dim`, ...).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct Arch {
    /// Encoder width.
    pub encoder_embed_dim: i64,
    /// Decoder width.
    pub decoder_embed_dim: i64,
    /// Encoder FFN widths.
    pub encoder_ffn_dims: Vec<i64>,
    /// Encoder self-attention heads.
    pub encoder_heads: Vec<i64>,
    /// Decoder FFN widths.
    pub decoder_ffn_dims: Vec<i64>,
    /// Decoder self-attention heads.
    pub decoder_self_heads: Vec<i64>,
    /// Encoder-decoder attention heads.
    pub decoder_cross_heads: Vec<i64>,
    /// Arbitrary encoder-decoder attention: -1, 1 or 2.
    pub decoder_arbitrary: Vec<i64>,
}

impl Arch {
    /// Encoder layers.
    pub fn encoder_layers(&self) -> usize {
        self.encoder_ffn_dims.len()
    }

    /// Decoder layers.
    pub fn decoder_layers(&self) -> usize {
        self.decoder_ffn_dims.len()
    }

    /// Encoder layers attended to under an arbitrary-attention value: -1 one, 1 two, 2 three.
    pub fn attended(arbitrary: i64) -> usize {
        if arbitrary < 0 { 1 } else { arbitrary as usize + 1 }
    }

    /// One line for tables.
    pub fn summary(&self) -> String {
        let list = |v: &[i64]| v.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        format!(
            "enc {} x{} ffn {} heads {}; dec {} x{} ffn {} self {} cross {} arb {}",
            self.encoder_embed_dim,
            self.encoder_layers(),
            list(&self.encoder_ffn_dims),
            list(&self.encoder_heads),
            self.decoder_embed_dim,
            self.decoder_layers(),
            list(&self.decoder_ffn_dims),
            list(&self.decoder_self_heads),
            list(&self.decoder_cross_heads),
            list(&self.decoder_arbitrary),
        )
    }
}
