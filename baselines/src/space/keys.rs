//! The keys of HAT's configurations, from and to which an [`Arch`] is read and written.

use serde::{Deserialize, Serialize};

use super::Arch;

/// One configuration as HAT writes it: numbers of layers beside the lists. HAT's lists may describe inactive layers
/// too: entries beyond the number of layers are dropped; a shorter list is an error.
#[derive(Serialize, Deserialize)]
#[serde(expecting = "a configuration with HAT's keys")]
pub(super) struct Keys {
    pub(super) encoder_embed_dim: i64,
    pub(super) decoder_embed_dim: i64,
    pub(super) encoder_layer_num: usize,
    pub(super) decoder_layer_num: usize,
    pub(super) encoder_ffn_embed_dim: Vec<i64>,
    pub(super) decoder_ffn_embed_dim: Vec<i64>,
    pub(super) encoder_self_attention_heads: Vec<i64>,
    pub(super) decoder_self_attention_heads: Vec<i64>,
    pub(super) decoder_ende_attention_heads: Vec<i64>,
    pub(super) decoder_arbitrary_ende_attn: Vec<i64>,
    /// Published parameters in millions: read, not a part of the architecture.
    #[serde(default, skip_serializing)]
    pub(super) params_published_m: Option<f64>,
    /// Published FLOPs in thousand millions: read, not a part of the architecture.
    #[serde(default, skip_serializing)]
    pub(super) flops_published_g: Option<f64>,
}

impl TryFrom<Keys> for Arch {
    type Error = String;

    fn try_from(k: Keys) -> Result<Arch, String> {
        let encoder = |field, list| active(field, list, "encoder_layer_num", k.encoder_layer_num);
        let decoder = |field, list| active(field, list, "decoder_layer_num", k.decoder_layer_num);
        Ok(Arch {
            encoder_embed_dim: k.encoder_embed_dim,
            decoder_embed_dim: k.decoder_embed_dim,
            encoder_ffn_dims: encoder("encoder_ffn_embed_dim", k.encoder_ffn_embed_dim)?,
            encoder_heads: encoder("encoder_self_attention_heads", k.encoder_self_attention_heads)?,
            decoder_ffn_dims: decoder("decoder_ffn_embed_dim", k.decoder_ffn_embed_dim)?,
            decoder_self_heads: decoder("decoder_self_attention_heads", k.decoder_self_attention_heads)?,
            decoder_cross_heads: decoder("decoder_ende_attention_heads", k.decoder_ende_attention_heads)?,
            decoder_arbitrary: decoder("decoder_arbitrary_ende_attn", k.decoder_arbitrary_ende_attn)?,
        })
    }
}

/// The entries of the active layers.
fn active(field: &str, mut list: Vec<i64>, layers_field: &str, layers: usize) -> Result<Vec<i64>, String> {
    if list.len() < layers {
        return Err(format!("`{field}` has {} of the {layers} entries that `{layers_field}` asks for", list.len()));
    }
    list.truncate(layers);
    Ok(list)
}

impl From<Arch> for Keys {
    fn from(a: Arch) -> Keys {
        Keys {
            encoder_layer_num: a.encoder_layers(),
            decoder_layer_num: a.decoder_layers(),
            encoder_embed_dim: a.encoder_embed_dim,
            decoder_embed_dim: a.decoder_embed_dim,
            encoder_ffn_embed_dim: a.encoder_ffn_dims,
            decoder_ffn_embed_dim: a.decoder_ffn_dims,
            encoder_self_attention_heads: a.encoder_heads,
            decoder_self_attention_heads: a.decoder_self_heads,
            decoder_ende_attention_heads: a.decoder_cross_heads,
            decoder_arbitrary_ende_attn: a.decoder_arbitrary,
            params_published_m: None,
            flops_published_g: None,
        }
    }
}
