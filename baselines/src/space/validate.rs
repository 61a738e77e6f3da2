//! What a declaration must fulfil for every subnet in it to be buildable.

use super::{Arch, SearchSpace};

impl SearchSpace {
    /// Says what is wrong with the declaration.
    pub(super) fn validate(&self) -> Result<(), String> {
        for (field, choices) in self.choices() {
            let wrong = match field {
                "decoder_arbitrary_ende_attn" => wrong_arbitrary(choices),
                _ => wrong_order(choices),
            };
            if let Some(wrong) = wrong {
                return Err(format!("`{field}` {choices:?}: {wrong}"));
            }
            if field.ends_with("heads") && choices.iter().any(|h| self.qkv_dim % h != 0) {
                return Err(format!("`{field}` {choices:?}: each must divide qkv_dim {}", self.qkv_dim));
            }
        }
        self.validate_sizes()?;
        self.validate_depth()
    }

    fn validate_sizes(&self) -> Result<(), String> {
        let vocab = self.published_vocab.unwrap_or(1);
        let sizes = [
            ("qkv_dim", self.qkv_dim),
            ("max_positions", self.max_positions),
            ("flops_length", self.flops_length),
            ("published_vocab", vocab),
        ];
        if let Some((field, size)) = sizes.into_iter().find(|(_, size)| *size < 1) {
            return Err(format!("`{field}` is {size}: it must be positive"));
        }
        // Half of the positional table's columns are sines and half cosines, of two or more frequencies.
        for (field, choices) in
            [("encoder_embed_dim", &self.encoder_embed_dims), ("decoder_embed_dim", &self.decoder_embed_dims)]
        {
            if choices[0] % 2 != 0 || choices[0] < 4 {
                return Err(format!("`{field}` {choices:?}: the widest must be even and 4 or more"));
            }
        }
        if self.feature_norm.iter().any(|n| !n.is_finite() || *n <= 0.0) {
            return Err(format!("`feature_norm` {:?}: every entry must be positive", self.feature_norm));
        }
        Ok(())
    }

    fn validate_depth(&self) -> Result<(), String> {
        let shallowest = self.encoder_layers[self.encoder_layers.len() - 1];
        // The largest and the smallest subnet attend to the last two layers whatever the choices are.
        let attended = self.arbitrary.iter().map(|&a| Arch::attended(a) as i64).max().unwrap_or(1).max(2);
        if shallowest < attended {
            return Err(format!(
                "an encoder of {shallowest} layers cannot give its last {attended} outputs: give `encoder_layers` \
                 {attended} or more, or leave the choice out of `arbitrary`"
            ));
        }
        Ok(())
    }
}

fn wrong_arbitrary(choices: &[i64]) -> Option<&'static str> {
    if choices.is_empty() {
        return Some("at least one choice is needed");
    }
    if !choices.iter().all(|c| [-1, 1, 2].contains(c)) {
        return Some("only -1, 1 and 2 mean something");
    }
    // A repeated choice would be drawn more often.
    choices.windows(2).any(|w| w[0] >= w[1]).then_some("choices must be in ascending order, each once")
}

fn wrong_order(choices: &[i64]) -> Option<&'static str> {
    if choices.is_empty() {
        return Some("at least one choice is needed");
    }
    let descending = choices.windows(2).all(|w| w[0] > w[1]);
    (!descending || choices.iter().any(|&c| c < 1)).then_some("choices must be positive and in descending order")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(change: impl Fn(&mut SearchSpace)) -> String {
        let mut space = SearchSpace::find("scaled-quick").unwrap();
        space.validate().unwrap();
        change(&mut space);
        space.validate().unwrap_err()
    }

    #[test]
    fn contradictory_declarations_are_refused_by_field() {
        let cases: [(&str, String); 10] = [
            ("encoder_embed_dim", refusal(|s| s.encoder_embed_dims.reverse())),
            ("encoder_embed_dim", refusal(|s| s.encoder_embed_dims[0] = 65)),
            ("decoder_ffn_embed_dim", refusal(|s| s.decoder_ffn_dims = vec![64, 64])),
            ("decoder_layer_num", refusal(|s| s.decoder_layers.clear())),
            ("encoder_self_attention_heads", refusal(|s| s.encoder_heads = vec![3])),
            ("decoder_ende_attention_heads", refusal(|s| s.decoder_cross_heads = vec![4, 0])),
            ("decoder_arbitrary_ende_attn", refusal(|s| s.arbitrary = vec![-1, 3])),
            ("decoder_arbitrary_ende_attn", refusal(|s| s.arbitrary = vec![1, 1])),
            ("qkv_dim", refusal(|s| s.qkv_dim = 0)),
            ("feature_norm", refusal(|s| s.feature_norm[3] = 0.0)),
        ];
        for (field, error) in cases {
            assert!(error.contains(field), "{field}: {error}");
        }
    }

    #[test]
    fn attending_to_three_layers_needs_three_encoder_layers() {
        assert!(refusal(|s| s.encoder_layers = vec![3, 2]).contains("last 3 outputs"));
        assert!(refusal(|s| (s.encoder_layers, s.arbitrary) = (vec![1], vec![-1])).contains("last 2 outputs"));
        let mut space = SearchSpace::find("scaled-quick").unwrap();
        (space.encoder_layers, space.arbitrary) = (vec![2], vec![-1, 1]);
        space.validate().unwrap();
    }
}
