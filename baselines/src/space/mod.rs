//! Search spaces and the architectures (subnets) in them: HAT's machine-translation space at any size.

pub mod arch;
pub mod count;
pub mod encoding;
mod error;
mod file;
mod hat_json;
mod hat_yaml;
mod keys;
mod report;
pub mod sample;
mod validate;

use serde::{Deserialize, Serialize};

pub use arch::Arch;
pub use error::SpaceError;
pub use hat_json::parse_configurations;
pub use report::{ArchReport, describe, read_archs, table};

/// The declared spaces: name and TOML text.
const SPACES: &[(&str, &str)] = &[
    ("wmt14-en-de", include_str!("../../spaces/wmt14-en-de.toml")),
    ("wmt14-en-fr", include_str!("../../spaces/wmt14-en-fr.toml")),
    ("wmt19-en-de", include_str!("../../spaces/wmt19-en-de.toml")),
    ("iwslt14-de-en", include_str!("../../spaces/iwslt14-de-en.toml")),
    ("scaled-smoke", include_str!("../../spaces/scaled-smoke.toml")),
    ("scaled-quick", include_str!("../../spaces/scaled-quick.toml")),
    ("scaled-cpu", include_str!("../../spaces/scaled-cpu.toml")),
];

/// Name of a declared space.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SpaceName(String);

impl SpaceName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SpaceName {
    type Error = SpaceError;

    fn try_from(name: String) -> Result<Self, SpaceError> {
        SearchSpace::find(&name).map(|_| SpaceName(name))
    }
}

impl From<SpaceName> for String {
    fn from(name: SpaceName) -> String {
        name.0
    }
}

/// The choices that make up a space. Lists are in descending order: the first entry is the widest.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSpace {
    /// Name on the command line.
    pub name: String,
    /// Encoder widths.
    pub encoder_embed_dims: Vec<i64>,
    /// Decoder widths.
    pub decoder_embed_dims: Vec<i64>,
    /// Numbers of encoder layers.
    pub encoder_layers: Vec<i64>,
    /// Numbers of decoder layers.
    pub decoder_layers: Vec<i64>,
    /// Encoder FFN widths, chosen per layer.
    pub encoder_ffn_dims: Vec<i64>,
    /// Decoder FFN widths, chosen per layer.
    pub decoder_ffn_dims: Vec<i64>,
    /// Encoder self-attention heads, chosen per layer.
    pub encoder_heads: Vec<i64>,
    /// Decoder self-attention heads, chosen per layer.
    pub decoder_self_heads: Vec<i64>,
    /// Encoder-decoder attention heads, chosen per layer.
    pub decoder_cross_heads: Vec<i64>,
    /// Arbitrary encoder-decoder attention: -1 the last encoder layer, 1 the last two, 2 the last three.
    pub arbitrary: Vec<i64>,
    /// Joint width of the heads of queries, keys and values; never sampled.
    pub qkv_dim: i64,
    /// One embedding table for source, target and output.
    pub tied_embeddings: bool,
    /// Longest sequence of the positional table.
    pub max_positions: i64,
    /// Source and target length at which FLOPs are counted.
    pub flops_length: i64,
    /// Embedding rows of the published models.
    pub published_vocab: Option<i64>,
    /// What the ten features are divided by; absent in a scaled space, whose norm is derived from its choices.
    #[serde(default)]
    pub feature_norm: [f64; encoding::FEATURES],
}

impl SearchSpace {
    /// The declared space of that name.
    pub fn find(name: &str) -> Result<SearchSpace, SpaceError> {
        let text = SPACES.iter().find(|(n, _)| *n == name).map(|(_, text)| text).ok_or_else(|| {
            let nearest = SPACES
                .iter()
                .map(|(n, _)| *n)
                .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)))
                .unwrap_or_default();
            SpaceError::Unknown {
                name: name.to_string(),
                nearest: nearest.to_string(),
                known: Self::names().join(", "),
            }
        })?;
        Self::parse(name, text)
    }

    /// Names of all declared spaces.
    pub fn names() -> Vec<&'static str> {
        SPACES.iter().map(|(n, _)| *n).collect()
    }

    fn parse(name: &str, text: &str) -> Result<SearchSpace, SpaceError> {
        let invalid = |reason: String| SpaceError::Invalid { name: name.to_string(), reason };
        let mut space: SearchSpace = toml::from_str(text).map_err(|e| invalid(e.to_string()))?;
        if space.feature_norm == [0.0; encoding::FEATURES] {
            space.feature_norm = space.scaled_norm();
        }
        space.validate().map_err(invalid)?;
        Ok(space)
    }

    /// The choices of every field, by HAT's names.
    fn choices(&self) -> [(&'static str, &[i64]); 10] {
        [
            ("encoder_embed_dim", &self.encoder_embed_dims),
            ("decoder_embed_dim", &self.decoder_embed_dims),
            ("encoder_layer_num", &self.encoder_layers),
            ("decoder_layer_num", &self.decoder_layers),
            ("encoder_ffn_embed_dim", &self.encoder_ffn_dims),
            ("decoder_ffn_embed_dim", &self.decoder_ffn_dims),
            ("encoder_self_attention_heads", &self.encoder_heads),
            ("decoder_self_attention_heads", &self.decoder_self_heads),
            ("decoder_ende_attention_heads", &self.decoder_cross_heads),
            ("decoder_arbitrary_ende_attn", &self.arbitrary),
        ]
    }

    /// All choices at their widest, attending to the last two encoder layers, as published.
    pub fn largest(&self) -> Arch {
        self.uniform(|choices| choices[0])
    }

    /// All choices at their narrowest, attending to the last two encoder layers, as published.
    pub fn smallest(&self) -> Arch {
        self.uniform(|choices| choices[choices.len() - 1])
    }

    fn uniform(&self, pick: impl Fn(&[i64]) -> i64) -> Arch {
        let (encoder, decoder) = (pick(&self.encoder_layers) as usize, pick(&self.decoder_layers) as usize);
        Arch {
            encoder_embed_dim: pick(&self.encoder_embed_dims),
            decoder_embed_dim: pick(&self.decoder_embed_dims),
            encoder_ffn_dims: vec![pick(&self.encoder_ffn_dims); encoder],
            encoder_heads: vec![pick(&self.encoder_heads); encoder],
            decoder_ffn_dims: vec![pick(&self.decoder_ffn_dims); decoder],
            decoder_self_heads: vec![pick(&self.decoder_self_heads); decoder],
            decoder_cross_heads: vec![pick(&self.decoder_cross_heads); decoder],
            decoder_arbitrary: vec![1; decoder],
        }
    }

    /// Refuses an architecture outside the space, naming the field and what is allowed. The largest and smallest
    /// subnets attend to the last two layers even where the space does not list that choice.
    pub fn check(&self, arch: &Arch) -> Result<(), SpaceError> {
        let values: [(&str, Vec<i64>); 10] = [
            ("encoder_embed_dim", vec![arch.encoder_embed_dim]),
            ("decoder_embed_dim", vec![arch.decoder_embed_dim]),
            ("encoder_layer_num", vec![arch.encoder_layers() as i64]),
            ("decoder_layer_num", vec![arch.decoder_layers() as i64]),
            ("encoder_ffn_embed_dim", arch.encoder_ffn_dims.clone()),
            ("decoder_ffn_embed_dim", arch.decoder_ffn_dims.clone()),
            ("encoder_self_attention_heads", arch.encoder_heads.clone()),
            ("decoder_self_attention_heads", arch.decoder_self_heads.clone()),
            ("decoder_ende_attention_heads", arch.decoder_cross_heads.clone()),
            ("decoder_arbitrary_ende_attn", arch.decoder_arbitrary.clone()),
        ];
        for ((field, choices), (_, values)) in self.choices().into_iter().zip(&values) {
            let allowed = |v: &i64| choices.contains(v) || (field == "decoder_arbitrary_ende_attn" && *v == 1);
            if let Some(wrong) = values.iter().find(|v| !allowed(v)) {
                return Err(self.outside(field, wrong.to_string(), format!("{choices:?}")));
            }
        }
        self.check_lengths(arch)
    }

    fn check_lengths(&self, arch: &Arch) -> Result<(), SpaceError> {
        let lists = [
            ("encoder_self_attention_heads", arch.encoder_heads.len(), arch.encoder_layers()),
            ("decoder_self_attention_heads", arch.decoder_self_heads.len(), arch.decoder_layers()),
            ("decoder_ende_attention_heads", arch.decoder_cross_heads.len(), arch.decoder_layers()),
            ("decoder_arbitrary_ende_attn", arch.decoder_arbitrary.len(), arch.decoder_layers()),
        ];
        match lists.into_iter().find(|(_, have, want)| have != want) {
            Some((field, have, want)) => {
                Err(self.outside(field, format!("a list of {have}"), format!("one entry a layer, {want}")))
            }
            None => Ok(()),
        }
    }

    fn outside(&self, field: &str, value: String, allowed: String) -> SpaceError {
        SpaceError::Outside { space: self.name.clone(), field: field.to_string(), value, allowed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_space_is_valid_and_holds_its_extremes() {
        for name in SearchSpace::names() {
            let space = SearchSpace::find(name).unwrap();
            assert_eq!(space.name, name);
            space.check(&space.largest()).unwrap();
            space.check(&space.smallest()).unwrap();
        }
    }

    #[test]
    fn unknown_space_names_the_nearest() {
        let error = SearchSpace::find("wmt14-ende").unwrap_err().to_string();
        assert!(error.contains("did you mean `wmt14-en-de`"), "{error}");
    }

    #[test]
    fn an_architecture_outside_names_field_and_choices() {
        let space = SearchSpace::find("wmt14-en-de").unwrap();
        let mut arch = space.largest();
        arch.decoder_ffn_dims[1] = 1000;
        let error = space.check(&arch).unwrap_err().to_string();
        assert!(error.contains("decoder_ffn_embed_dim") && error.contains("[3072, 2048, 1024]"), "{error}");
    }
}
