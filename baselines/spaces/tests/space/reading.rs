//! Tests the reading of architecture files: what is read and what is refused, with which words.

use std::path::PathBuf;

use mos_spaces::SearchSpace;
use mos_spaces::report::{describe, table};
use tempfile::TempDir;

/// A released configuration in HAT's words, with lists as long as the six layers of its supernet.
const YAML: &str = "\
encoder-embed-dim-subtransformer: 512
decoder-embed-dim-subtransformer: 512

encoder-ffn-embed-dim-all-subtransformer: [3072, 2048, 3072, 2048, 3072, 2048]
decoder-ffn-embed-dim-all-subtransformer: [1024, 2048, 3072, 3072, 3072, 3072]

encoder-layer-num-subtransformer: 6
decoder-layer-num-subtransformer: 2

encoder-self-attention-heads-all-subtransformer: [8, 8, 8, 4, 8, 8]
decoder-self-attention-heads-all-subtransformer: [4, 4, 8, 8, 8, 8]
decoder-ende-attention-heads-all-subtransformer: [8, 8, 8, 8, 8, 8]

# -1 means attending to last one encoder layer
decoder-arbitrary-ende-attn-all-subtransformer: [-1, -1, 1, 1, 1, 1]
";

/// The same configuration in JSON.
const JSON: &str = r#"{
  "encoder_embed_dim": 512,
  "decoder_embed_dim": 512,
  "encoder_layer_num": 6,
  "decoder_layer_num": 2,
  "encoder_ffn_embed_dim": [3072, 2048, 3072, 2048, 3072, 2048],
  "decoder_ffn_embed_dim": [1024, 2048],
  "encoder_self_attention_heads": [8, 8, 8, 4, 8, 8],
  "decoder_self_attention_heads": [4, 4],
  "decoder_ende_attention_heads": [8, 8],
  "decoder_arbitrary_ende_attn": [-1, -1]
}"#;

fn wmt() -> SearchSpace {
    SearchSpace::find("wmt14-en-de").unwrap()
}

/// Makes a file of that name and text, in a folder that is removed with the first value.
fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn refusal(name: &str, text: &str) -> String {
    let (_folder, path) = file(name, text);
    let error = describe(&wmt(), &path).unwrap_err().to_string();
    assert!(error.contains(name), "names the file: {error}");
    assert!(!error.contains('\n'), "one line: {error}");
    error
}

fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn hat_yaml_is_read_and_its_inactive_layers_are_cut() {
    let (_folder, path) = file("HAT_wmt14ende_raspberrypi@4.0s_bleu@26.9.yml", YAML);
    let reports = describe(&wmt(), &path).unwrap();
    assert_eq!(reports.len(), 1);
    let r = &reports[0];
    assert_eq!(r.name, "HAT_wmt14ende_raspberrypi@4.0s_bleu@26.9");
    // The published figures are 29.42 M and 1.78 G.
    assert_eq!((r.params / 10_000, (r.flops + 5_000_000) / 10_000_000), (2942, 178));
    let expected = [0.8, 1.0, 2560.0 / 2048.0, 44.0 / 36.0, 0.8, 2.0 / 6.0, 0.75, 4.0 / 6.0, 8.0 / 6.0, 0.5];
    for (have, want) in r.features.iter().zip(expected) {
        assert!((have - want).abs() < 1e-12, "{have} {want}");
    }
    assert_eq!((r.published_params_m, r.published_flops_g), (None, None));
}

#[test]
fn json_describes_the_same_network_in_file_order_with_published_figures() {
    let published = JSON.replacen('{', "{\"params_published_m\": 29.42, \"bleu\": 26.9,", 1);
    let (_folder, json) = file("two.json", &format!("{{\"z\": {published}, \"a\": {JSON}}}"));
    let (_other, yaml) = file("z.yaml", YAML);
    let (reports, same) = (describe(&wmt(), &json).unwrap(), describe(&wmt(), &yaml).unwrap());
    assert_eq!(reports.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!((reports[0].params, reports[0].flops), (same[0].params, same[0].flops));
    assert_eq!(reports[0].features, same[0].features);
    assert_eq!((reports[0].published_params_m, reports[0].published_flops_g), (Some(29.42), None));
    assert_eq!(reports[1].published_params_m, None);
}

#[test]
fn the_kind_is_seen_without_an_extension() {
    let (_folder, json) = file("configurations", &format!("\n {{\"a\": {JSON}}}"));
    assert_eq!(describe(&wmt(), &json).unwrap()[0].name, "a");
    let (_other, yaml) = file("configuration", YAML);
    assert_eq!(describe(&wmt(), &yaml).unwrap()[0].name, "configuration");
}

#[test]
fn reports_serialise_with_the_documented_keys() {
    let (_folder, path) = file("a.json", &format!("{{\"a\": {JSON}}}"));
    let value = serde_json::to_value(describe(&wmt(), &path).unwrap()).unwrap();
    let object = value[0].as_object().unwrap();
    let keys: Vec<&str> = object.keys().map(String::as_str).collect();
    assert_eq!(keys, ["name", "params", "flops", "features", "published_params_m", "published_flops_g"]);
    assert!(object["params"].is_i64() && object["flops"].is_i64() && object["published_flops_g"].is_null());
    assert_eq!(object["features"].as_array().unwrap().len(), 10);
}

#[test]
fn the_table_has_a_line_an_architecture_and_its_counts() {
    let (_folder, path) = file("a.json", &format!("{{\"first\": {JSON}, \"second\": {JSON}}}"));
    let reports = describe(&wmt(), &path).unwrap();
    let text = table(&wmt(), &reports);
    assert_eq!(text.lines().filter(|l| l.starts_with("first ") || l.starts_with("second ")).count(), 4);
    assert_contains(&text, &["wmt14-en-de", "30 + 30 tokens", &reports[0].params.to_string(), "0.8000", "1.3333"]);
}

#[test]
fn an_architecture_outside_the_space_is_refused_by_field_with_allowed_values() {
    let error = refusal("a.json", &format!("{{\"mine\": {}}}", JSON.replace("[1024, 2048]", "[999, 2048]")));
    assert_contains(&error, &["mine", "decoder_ffn_embed_dim", "999", "[3072, 2048, 1024]", "wmt14-en-de"]);
    let error = refusal(
        "mine.yml",
        &YAML.replace("encoder-layer-num-subtransformer: 6", "encoder-layer-num-subtransformer: 5"),
    );
    assert_contains(&error, &["mine", "encoder_layer_num", "is 5", "[6]"]);
    let error = refusal(
        "a.json",
        &format!("{{\"mine\": {}}}", JSON.replace("\"decoder_layer_num\": 2", "\"decoder_layer_num\": 0")),
    );
    assert_contains(&error, &["decoder_layer_num", "is 0", "[6, 5, 4, 3, 2, 1]"]);
}

#[test]
fn short_lists_are_refused_by_name() {
    let error = refusal("a.json", &format!("{{\"mine\": {}}}", JSON.replace("[-1, -1]", "[-1]")));
    assert_contains(&error, &["mine", "decoder_arbitrary_ende_attn", "1 of the 2", "decoder_layer_num"]);
    // A list that decides the number of layers elsewhere must not shrink the network silently.
    let error = refusal("a.json", &format!("{{\"mine\": {}}}", JSON.replace("[1024, 2048]", "[1024]")));
    assert_contains(&error, &["decoder_ffn_embed_dim", "1 of the 2"]);
    let error = refusal("mine.yml", &YAML.replace("[8, 8, 8, 4, 8, 8]", "[8, 8]"));
    assert_contains(&error, &["encoder_self_attention_heads", "2 of the 6"]);
}

#[test]
fn broken_json_is_refused_with_its_place() {
    let whole = format!("{{\"mine\": {JSON}}}");
    assert_contains(&refusal("a.json", &whole[..whole.len() / 2]), &["EOF", "line 7"]);
    assert_contains(&refusal("a.json", &whole.replace("512", "\"512\"")), &["mine", "expected i64", "line 2"]);
    let missing = whole.replace("\"decoder_embed_dim\": 512,", "");
    assert_contains(&refusal("a.json", &missing), &["mine", "missing field `decoder_embed_dim`", "line 12"]);
    assert_contains(&refusal("a.json", "[1, 2]"), &["object of configurations", "line 1"]);
    assert_contains(&refusal("a.json", JSON), &["expected a configuration", "line 2"]);
    assert_contains(&refusal("a.json", "{}"), &["empty"]);
    assert_contains(&refusal("a.json", &format!("{{\"a\": {JSON}, \"a\": {JSON}}}")), &["`a` stands twice", "line 12"]);
}

#[test]
fn broken_yaml_is_refused_with_its_place() {
    assert_contains(&refusal("a.yml", &YAML.replace("2048]\ndecoder", "2048\ndecoder")), &["line "]);
    assert_contains(&refusal("a.yml", &YAML.replacen("512", "wide", 1)), &["line 1"]);
    let missing = YAML.replace("decoder-embed-dim-subtransformer: 512", "");
    assert_contains(&refusal("a.yml", &missing), &["decoder-embed-dim-subtransformer"]);
    assert_contains(&refusal("a.yml", ""), &[]);
    let twice = format!("{YAML}encoder-embed-dim-subtransformer: 640\n");
    assert_contains(&refusal("a.yml", &twice), &["encoder-embed-dim-subtransformer", "line 16"]);
}

#[test]
fn experts_are_refused_and_other_options_passed_over() {
    let routed = format!("{YAML}\nencoder-num-experts-to-route: [1, 2, 1, 4, 1, 2]\n");
    assert_contains(&refusal("moe.yml", &routed), &["`encoder-num-experts-to-route`", "dense network"]);
    let json = JSON.replacen('{', "{\"moe_freq\": 2,", 1);
    assert_contains(&refusal("moe.json", &format!("{{\"mine\": {json}}}")), &["mine", "`moe_freq`"]);
    let (_folder, path) = file("plain.yml", &format!("{YAML}\nmax-update: 40000\nremoved: true\n"));
    assert_eq!(describe(&wmt(), &path).unwrap().len(), 1);
}

#[test]
fn a_missing_file_and_a_file_that_is_not_text_are_named() {
    let error = describe(&wmt(), std::path::Path::new("no/such.json")).unwrap_err().to_string();
    assert_contains(&error, &["no/such.json"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.json");
    std::fs::write(&path, [0xff, 0xfe, 0x00]).unwrap();
    assert_contains(&describe(&wmt(), &path).unwrap_err().to_string(), &["noise.json", "UTF-8"]);
}
