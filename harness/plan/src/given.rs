//! Names the subnets that are always scored, and reads those that the user gives with `--archs FILE`, a JSON object of
//! configurations.

use std::path::Path;

use mos_base::names::check_name;
use mos_base::plain_text::decode;
use mos_spaces::SearchSpace;
use mos_spaces::read::json;

use crate::error::{Error, Result, refuse};
use crate::subject::{NamedArch, SubnetKind};

/// Returns the largest and the smallest subnet of a space, which are always scored.
pub fn ends(space: &SearchSpace) -> [NamedArch; 2] {
    [
        NamedArch::numbered(SubnetKind::Largest, 1, space.largest()),
        NamedArch::numbered(SubnetKind::Smallest, 1, space.smallest()),
    ]
}

/// Reads the file and checks each configuration against the space.
///
/// # Errors
/// Fails if it is not such a file, or if an architecture lies outside the space; the error says which field and which
/// values are allowed.
pub fn read(file: &Path, space: &SearchSpace) -> Result<Vec<NamedArch>> {
    let bytes = std::fs::read(file).map_err(|e| Error::within("--archs")(Error::read(file)(e)))?;
    let text = decode(&bytes).map_err(Error::Refused);
    text.and_then(|text| parse(text, space)).map_err(Error::within(format!("--archs {}", file.display())))
}

fn parse(text: &str, space: &SearchSpace) -> Result<Vec<NamedArch>> {
    let given = json::parse(space.family, text).map_err(Error::Refused)?;
    if given.is_empty() {
        refuse!("the object is empty: give at least one configuration");
    }
    let mut subnets = ends(space).to_vec();
    let always = subnets.len();
    for (name, configuration) in given {
        let arch = configuration.arch;
        if subnets[..always].iter().any(|end| end.name() == name) {
            refuse!("subnet name `{name}` is taken: the largest and the smallest are always scored");
        }
        if ["found-", "sample-"].iter().any(|taken| name.starts_with(taken)) {
            refuse!(
                "subnet name `{name}` is taken: names that start with found- or sample- are those of the latency study"
            );
        }
        // The name becomes part of a file's name.
        check_name("subnet", &name).map_err(|e| Error::Refused(e.to_string()))?;
        space.check(&arch).map_err(Error::within(format!("subnet `{name}`")))?;
        if let Some(same) = subnets.iter().find(|other| other.arch == arch) {
            refuse!("subnets `{}` and `{name}` are the same architecture", same.name());
        }
        subnets.push(NamedArch::given(&name, arch));
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
        parse(&value.to_string(), &space()).unwrap_err().to_string()
    }

    #[test]
    fn configurations_with_hat_keys_are_read_in_file_order() {
        let mut other = config();
        other["decoder_ffn_embed_dim"] = serde_json::json!([1024]);
        let text = serde_json::json!({"b": config(), "a": other}).to_string();
        let names: Vec<String> = parse(&text, &space()).unwrap().into_iter().map(|n| n.id.name).collect();
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
