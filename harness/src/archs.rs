//! `--archs FILE`: subnets given by the user, a JSON object of configurations with HAT's keys.

use std::path::Path;

use anyhow::{Context, Result, bail};
use mos_baselines::space::{SearchSpace, parse_configurations};

use crate::experiment::named;
use crate::names::check_name;
use crate::spec::NamedArch;

/// Reads the file and holds each configuration against the space.
///
/// # Errors
/// Not such a file; an architecture outside the space (which field, which values are allowed).
pub fn read(file: &Path, space: &SearchSpace) -> Result<Vec<NamedArch>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("--archs: could not read {}", file.display()))?;
    parse(&text, space).with_context(|| format!("--archs {}", file.display()))
}

fn parse(text: &str, space: &SearchSpace) -> Result<Vec<NamedArch>> {
    let given = parse_configurations(text).map_err(anyhow::Error::msg)?;
    if given.is_empty() {
        bail!("the object is empty: give at least one configuration");
    }
    let mut subnets = vec![named("largest", space.largest()), named("smallest", space.smallest())];
    let always = subnets.len();
    for (name, arch) in given {
        if subnets[..always].iter().any(|end| end.name == name) {
            bail!("subnet name `{name}` is taken: the largest and the smallest are always scored");
        }
        if ["found-", "sample-"].iter().any(|taken| name.starts_with(taken)) {
            bail!(
                "subnet name `{name}` is taken: names that start with found- or sample- are those of the latency study"
            );
        }
        // It becomes part of a file's name.
        check_name("subnet", &name)?;
        space.check(&arch).with_context(|| format!("subnet `{name}`"))?;
        if let Some(same) = subnets.iter().find(|other| other.arch == arch) {
            bail!("subnets `{}` and `{name}` are the same architecture", same.name);
        }
        subnets.push(NamedArch { name, arch });
    }
    Ok(subnets.split_off(always))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> SearchSpace {
        SearchSpace::find("wmt14-en-de").unwrap()
    }

    fn config() -> serde_json::Value {
        serde_json::json!({
            "encoder_embed_dim": 512, "decoder_embed_dim": 512, "encoder_layer_num": 6, "decoder_layer_num": 1,
            "encoder_ffn_embed_dim": [1024, 3072, 3072, 2048, 2048, 2048], "decoder_ffn_embed_dim": [3072],
            "encoder_self_attention_heads": [4, 8, 4, 4, 4, 8], "decoder_self_attention_heads": [8],
            "decoder_ende_attention_heads": [8], "decoder_arbitrary_ende_attn": [-1]
        })
    }

    fn message(value: &serde_json::Value) -> String {
        format!("{:#}", parse(&value.to_string(), &space()).unwrap_err())
    }

    #[test]
    fn configurations_with_hat_keys_are_read_in_file_order() {
        let mut other = config();
        other["decoder_ffn_embed_dim"] = serde_json::json!([1024]);
        let text = serde_json::json!({"b": config(), "a": other}).to_string();
        let names: Vec<String> = parse(&text, &space()).unwrap().into_iter().map(|n| n.name).collect();
        assert_eq!(names, ["b", "a"]);
    }

    #[test]
    fn an_architecture_outside_the_space_is_refused_with_field_and_allowed_values() {
        let mut bad = config();
        bad["decoder_ffn_embed_dim"] = serde_json::json!([999]);
        let error = message(&serde_json::json!({"mine": bad}));
        for part in ["mine", "decoder_ffn_embed_dim", "999", "1024", "3072"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn missing_keys_taken_names_and_twins_are_refused() {
        let mut bad = config();
        bad.as_object_mut().unwrap().remove("decoder_embed_dim");
        assert!(message(&serde_json::json!({"mine": bad})).contains("decoder_embed_dim"));
        assert!(message(&serde_json::json!({"largest": config()})).contains("taken"));
        assert!(message(&serde_json::json!({"a": config(), "b": config()})).contains("same architecture"));
        assert!(message(&serde_json::json!({})).contains("empty"));
        assert!(message(&serde_json::json!([1])).contains("an object of configurations"));
        assert!(message(&serde_json::json!({"../a": config()})).contains("subnet name `../a`"));
        let end = serde_json::to_value(space().smallest()).unwrap();
        assert!(message(&serde_json::json!({"mine": end})).contains("`smallest` and `mine` are the same"));
        let twice = format!("{{\"a\": {0}, \"a\": {0}}}", config());
        assert!(parse(&twice, &space()).unwrap_err().to_string().contains("`a` stands twice"));
    }
}
