//! HAT's sub-transformer YAML: one configuration a file, named by the file.

use serde::Deserialize;
use serde_saphyr::UserMessageFormatter;

use super::Arch;
use super::keys::Keys;

/// The keys that describe the architecture; HAT's files may hold training options too.
#[derive(Deserialize)]
struct YamlKeys {
    #[serde(rename = "encoder-embed-dim-subtransformer")]
    encoder_embed_dim: i64,
    #[serde(rename = "decoder-embed-dim-subtransformer")]
    decoder_embed_dim: i64,
    #[serde(rename = "encoder-layer-num-subtransformer")]
    encoder_layer_num: usize,
    #[serde(rename = "decoder-layer-num-subtransformer")]
    decoder_layer_num: usize,
    #[serde(rename = "encoder-ffn-embed-dim-all-subtransformer")]
    encoder_ffn_embed_dim: Vec<i64>,
    #[serde(rename = "decoder-ffn-embed-dim-all-subtransformer")]
    decoder_ffn_embed_dim: Vec<i64>,
    #[serde(rename = "encoder-self-attention-heads-all-subtransformer")]
    encoder_self_attention_heads: Vec<i64>,
    #[serde(rename = "decoder-self-attention-heads-all-subtransformer")]
    decoder_self_attention_heads: Vec<i64>,
    #[serde(rename = "decoder-ende-attention-heads-all-subtransformer")]
    decoder_ende_attention_heads: Vec<i64>,
    #[serde(rename = "decoder-arbitrary-ende-attn-all-subtransformer")]
    decoder_arbitrary_ende_attn: Vec<i64>,
}

impl From<YamlKeys> for Keys {
    fn from(k: YamlKeys) -> Keys {
        Keys {
            encoder_embed_dim: k.encoder_embed_dim,
            decoder_embed_dim: k.decoder_embed_dim,
            encoder_layer_num: k.encoder_layer_num,
            decoder_layer_num: k.decoder_layer_num,
            encoder_ffn_embed_dim: k.encoder_ffn_embed_dim,
            decoder_ffn_embed_dim: k.decoder_ffn_embed_dim,
            encoder_self_attention_heads: k.encoder_self_attention_heads,
            decoder_self_attention_heads: k.decoder_self_attention_heads,
            decoder_ende_attention_heads: k.decoder_ende_attention_heads,
            decoder_arbitrary_ende_attn: k.decoder_arbitrary_ende_attn,
            params_published_m: None,
            flops_published_g: None,
        }
    }
}

/// Reads one configuration. The error says what is wrong and on which line.
pub(super) fn parse(text: &str) -> Result<Arch, String> {
    let message = |e: serde_saphyr::Error| e.without_snippet().render_with_formatter(&UserMessageFormatter);
    let keys: YamlKeys = serde_saphyr::from_str(text).map_err(message)?;
    Arch::try_from(Keys::from(keys))
}
