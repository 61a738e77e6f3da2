//! Declares the fields of HAT's architectures, by the names of its configurations.

use crate::family::Family;
use crate::field::{Choices, Draw, Ends, Feature, Field, Norm, Scope};

/// Index of the encoder's stack of layers.
pub const ENCODER: usize = 0;
/// Index of the decoder's stack of layers.
pub const DECODER: usize = 1;

/// Position of the encoder's width.
pub const ENCODER_WIDTH: usize = 0;
/// Position of the number of encoder layers.
pub const ENCODER_LAYERS: usize = 1;
/// Position of the FFN widths of the encoder's layers.
pub const ENCODER_FFN: usize = 2;
/// Position of the self-attention heads of the encoder's layers.
pub const ENCODER_HEADS: usize = 3;
/// Position of the decoder's width.
pub const DECODER_WIDTH: usize = 4;
/// Position of the number of decoder layers.
pub const DECODER_LAYERS: usize = 5;
/// Position of the FFN widths of the decoder's layers.
pub const DECODER_FFN: usize = 6;
/// Position of the self-attention heads of the decoder's layers.
pub const DECODER_SELF_HEADS: usize = 7;
/// Position of the encoder-decoder attention heads of the decoder's layers.
pub const DECODER_CROSS_HEADS: usize = 8;
/// Position of the codes that say to how many encoder layers each decoder layer attends: -1 to the last, 1 to the last
/// two, 2 to the last three.
pub const DECODER_ARBITRARY: usize = 9;

/// Share of the widest FFN in the published norm, which is the widest width and depth, 2/3 of the widest FFN and 3/4 of
/// the most heads.
const FFN_SHARE: f64 = 2.0 / 3.0;
const HEADS_SHARE: f64 = 3.0 / 4.0;

const fn field(stack: usize, scope: Scope, key: &'static str, yaml: &'static str, choices_key: &'static str) -> Field {
    Field {
        key,
        yaml,
        choices_key,
        header: "",
        column: key,
        word: "",
        stack,
        scope,
        implied: false,
        choices: Choices::Sizes,
        ends: Ends::Choices,
        draw: Draw::Active,
        heads: false,
        feature: Feature::Mean,
        counts_as: itself,
        norm: Norm::Widest(1.0),
    }
}

fn itself(value: i64) -> i64 {
    value
}

/// Returns the number of encoder layers attended to under a value of [`DECODER_ARBITRARY`]: one, two or three.
pub fn attended(arbitrary: i64) -> i64 {
    if arbitrary < 0 { 1 } else { arbitrary + 1 }
}

/// The table of HAT's family.
#[rustfmt::skip]
pub static HAT: Family = Family {
    name: "hat",
    named: false,
    decodes: true,
    stacks: &["enc", "dec"],
    fields: &[
        Field { header: "enc dim",
            ..field(ENCODER, Scope::Net, "encoder_embed_dim", "encoder-embed-dim-subtransformer", "encoder_embed_dims") },
        Field { header: "layers",
            ..field(ENCODER, Scope::Depth, "encoder_layer_num", "encoder-layer-num-subtransformer", "encoder_layers") },
        Field { header: "ffn", word: "ffn", column: "encoder_ffn_embed_dim_avg", norm: Norm::Widest(FFN_SHARE),
            ..field(ENCODER, Scope::Layer, "encoder_ffn_embed_dim", "encoder-ffn-embed-dim-all-subtransformer", "encoder_ffn_dims") },
        Field { header: "heads", word: "heads", column: "encoder_self_attention_heads_avg", heads: true, norm: Norm::Widest(HEADS_SHARE),
            ..field(ENCODER, Scope::Layer, "encoder_self_attention_heads", "encoder-self-attention-heads-all-subtransformer", "encoder_heads") },
        Field { header: "dec dim",
            ..field(DECODER, Scope::Net, "decoder_embed_dim", "decoder-embed-dim-subtransformer", "decoder_embed_dims") },
        Field { header: "layers",
            ..field(DECODER, Scope::Depth, "decoder_layer_num", "decoder-layer-num-subtransformer", "decoder_layers") },
        Field { header: "ffn", word: "ffn", column: "decoder_ffn_embed_dim_avg", norm: Norm::Widest(FFN_SHARE),
            ..field(DECODER, Scope::Layer, "decoder_ffn_embed_dim", "decoder-ffn-embed-dim-all-subtransformer", "decoder_ffn_dims") },
        Field { header: "self", word: "self", column: "decoder_self_attention_heads_avg", heads: true, norm: Norm::Widest(HEADS_SHARE),
            ..field(DECODER, Scope::Layer, "decoder_self_attention_heads", "decoder-self-attention-heads-all-subtransformer", "decoder_self_heads") },
        Field { header: "cross", word: "cross", column: "decoder_ende_attention_heads_avg", heads: true, norm: Norm::Widest(HEADS_SHARE),
            ..field(DECODER, Scope::Layer, "decoder_ende_attention_heads", "decoder-ende-attention-heads-all-subtransformer", "decoder_cross_heads") },
        Field { header: "attended", word: "arb", column: "decoder_arbitrary_ende_attn_avg",
            choices: Choices::Codes(&[-1, 1, 2]), ends: Ends::These { largest: 1, smallest: 1 }, draw: Draw::Deepest, counts_as: attended, norm: Norm::Constant(2.0),
            ..field(DECODER, Scope::Layer, "decoder_arbitrary_ende_attn", "decoder-arbitrary-ende-attn-all-subtransformer", "arbitrary") },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_positions_are_those_of_the_table() {
        let key = |field: usize| HAT.fields[field].key;
        assert_eq!([key(ENCODER_WIDTH), key(ENCODER_LAYERS)], ["encoder_embed_dim", "encoder_layer_num"]);
        assert_eq!([key(ENCODER_FFN), key(DECODER_FFN)], ["encoder_ffn_embed_dim", "decoder_ffn_embed_dim"]);
        assert_eq!([key(DECODER_WIDTH), key(DECODER_LAYERS)], ["decoder_embed_dim", "decoder_layer_num"]);
        assert_eq!(key(ENCODER_HEADS), "encoder_self_attention_heads");
        assert_eq!(key(DECODER_SELF_HEADS), "decoder_self_attention_heads");
        assert_eq!(key(DECODER_CROSS_HEADS), "decoder_ende_attention_heads");
        assert_eq!(key(DECODER_ARBITRARY), "decoder_arbitrary_ende_attn");
    }
}
