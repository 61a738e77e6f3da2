//! Checks what a declaration of one of HAT's spaces must fulfil beside what holds for every space.

use super::constants::Constants;
use super::fields::{DECODER_ARBITRARY, DECODER_WIDTH, ENCODER_LAYERS, ENCODER_WIDTH, attended};
use crate::space::SearchSpace;

/// Refuses a declaration that contradicts itself.
///
/// # Errors
/// Returns the first field or constant that does not fit the others.
pub fn validate(space: &SearchSpace, constants: &Constants) -> Result<(), String> {
    let q = constants.qkv_dim;
    if q < 1 {
        return Err(format!("`qkv_dim` is {q}: it must be positive"));
    }
    for (field, choices) in space.family.fields.iter().zip(&space.choices).filter(|(field, _)| field.heads) {
        if choices.iter().any(|h| q % h != 0) {
            return Err(format!("`{}` {choices:?}: each must divide qkv_dim {q}", field.key));
        }
    }
    // Half of the positional table's columns are sines and half cosines, of two or more frequencies.
    for width in [ENCODER_WIDTH, DECODER_WIDTH] {
        let (field, choices) = (&space.family.fields[width], &space.choices[width]);
        if choices[0] % 2 != 0 || choices[0] < 4 {
            return Err(format!("`{}` {choices:?}: the widest must be even and 4 or more", field.key));
        }
    }
    validate_depth(space)
}

fn validate_depth(space: &SearchSpace) -> Result<(), String> {
    let layers = &space.choices[ENCODER_LAYERS];
    let shallowest = layers[layers.len() - 1];
    // The largest and the smallest subnet attend to the last two layers whatever the choices are.
    let most = space.choices[DECODER_ARBITRARY].iter().map(|&a| attended(a)).max().unwrap_or(1).max(2);
    if shallowest < most {
        return Err(format!(
            "an encoder of {shallowest} layers cannot give its last {most} outputs: give `encoder_layers` {most} or \
             more, or leave the choice out of `arbitrary`"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::fields::*;
    use crate::space::{Constants, SearchSpace};

    fn refusal(change: impl Fn(&mut SearchSpace)) -> String {
        let mut space = SearchSpace::find("scaled-quick").unwrap();
        space.validate().unwrap();
        change(&mut space);
        space.validate().unwrap_err()
    }

    #[test]
    fn contradictory_declarations_are_refused_by_field() {
        let cases: [(&str, String); 11] = [
            ("encoder_embed_dim", refusal(|s| s.choices[ENCODER_WIDTH].reverse())),
            ("encoder_embed_dim", refusal(|s| s.choices[ENCODER_WIDTH][0] = 65)),
            ("decoder_ffn_embed_dim", refusal(|s| s.choices[DECODER_FFN] = vec![64, 64])),
            ("decoder_layer_num", refusal(|s| s.choices[DECODER_LAYERS].clear())),
            ("encoder_self_attention_heads", refusal(|s| s.choices[ENCODER_HEADS] = vec![3])),
            ("decoder_ende_attention_heads", refusal(|s| s.choices[DECODER_CROSS_HEADS] = vec![4, 0])),
            ("decoder_arbitrary_ende_attn", refusal(|s| s.choices[DECODER_ARBITRARY] = vec![-1, 3])),
            ("decoder_arbitrary_ende_attn", refusal(|s| s.choices[DECODER_ARBITRARY] = vec![1, 1])),
            (
                "qkv_dim",
                refusal(|s| s.constants = Constants::Hat(super::Constants { qkv_dim: 0, tied_embeddings: true })),
            ),
            ("feature_norm", refusal(|s| s.feature_norm[3] = 0.0)),
            ("feature_norm", refusal(|s| s.feature_norm.truncate(3))),
        ];
        for (field, error) in cases {
            assert!(error.contains(field), "{field}: {error}");
        }
    }

    #[test]
    fn attending_to_three_layers_needs_three_encoder_layers() {
        assert!(refusal(|s| s.choices[ENCODER_LAYERS] = vec![3, 2]).contains("last 3 outputs"));
        let two = refusal(|s| (s.choices[ENCODER_LAYERS], s.choices[DECODER_ARBITRARY]) = (vec![1], vec![-1]));
        assert!(two.contains("last 2 outputs"));
        let mut space = SearchSpace::find("scaled-quick").unwrap();
        (space.choices[ENCODER_LAYERS], space.choices[DECODER_ARBITRARY]) = (vec![2], vec![-1, 1]);
        space.validate().unwrap();
    }
}
