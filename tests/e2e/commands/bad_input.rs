//! Bad input is refused before work starts, in one clear line. None of this needs data.

use std::fs::{self, File};
use std::io::Write;

use mos_e2e::{refuse, succeed};
use tempfile::tempdir;

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let root = tempdir().unwrap();
    for (arguments, nearest) in [
        (["reproduce", "--profile", "quik"], "quick"),
        (["reproduce", "--methods", "mos-layr"], "mos-layer"),
        (["reproduce", "--dataset", "bible-en-df"], "bible-en-d"),
        (["tune", "--profile", "cpuu"], "cpu"),
    ] {
        let line = refuse(root.path(), &arguments);
        assert!(line.contains("did you mean") && line.contains(nearest), "{line}");
    }
    let line = refuse(root.path(), &["reproduce", "--dataset", "bible-en-df", "--dry-run"]);
    assert!(line.contains("--dataset") && line.contains("bible-en-d"), "{line}");
    // A folder of one's own is a corpus of pairs.
    let folder = root.path().to_str().unwrap();
    let line = refuse(root.path(), &["reproduce", "--track", "bert", "--dataset", folder]);
    assert!(line.contains("prose-en") && !line.contains("folder of your own"), "{line}");
    assert!(refuse(root.path(), &["status", "quick"]).contains("no runs yet"));
    assert!(refuse(root.path(), &["export", "quick", "largest", "--method", "hatt", "--out", "x"]).contains("`hat`"));
    assert!(!root.path().join("runs").exists(), "nothing was begun");
}

#[test]
fn run_names_stay_in_the_runs_folder() {
    let root = tempdir().unwrap();
    assert!(refuse(root.path(), &["reproduce", "--run", "../elsewhere"]).contains("run name"));
    assert!(refuse(root.path(), &["reproduce", "--run", "tune-quick"]).contains("tune"));
}

#[test]
fn an_architecture_outside_its_space_is_refused_with_field_and_allowed_values() {
    let root = tempdir().unwrap();
    let file = root.path().join("mine.json");
    let plan = succeed(root.path(), &["reproduce", "--profile", "smoke", "--track", "mt", "--dry-run", "--json"]);
    assert!(plan.contains("scaled-smoke"));
    let text = r#"{"mine": {"encoder_embed_dim": 7, "decoder_embed_dim": 7, "encoder_layer_num": 1,
        "decoder_layer_num": 1, "encoder_ffn_embed_dim": [8], "decoder_ffn_embed_dim": [8],
        "encoder_self_attention_heads": [1], "decoder_self_attention_heads": [1],
        "decoder_ende_attention_heads": [1], "decoder_arbitrary_ende_attn": [-1]}}"#;
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let line = refuse(root.path(), &["reproduce", "--profile", "smoke", "--archs", path]);
    for part in ["mine.json", "mine", "encoder_embed_dim", "7", "allows"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let line = refuse(root.path(), &["reproduce", "--archs", "no-such-file.json"]);
    assert!(line.contains("no-such-file.json"), "{line}");
}

#[test]
fn a_file_of_routed_experts_is_refused_wherever_architectures_are_read() {
    let root = tempdir().unwrap();
    let file = root.path().join("moe.yml");
    fs::write(&file, "encoder-embed-dim-subtransformer: 512\nencoder-num-experts-to-route: [1, 2]\n").unwrap();
    let path = file.to_str().unwrap();
    for verb in ["arch", "latency"] {
        let line = refuse(root.path(), &[verb, path, "--space", "wmt14-en-de"]);
        assert!(line.contains("moe.yml") && line.contains("`encoder-num-experts-to-route`"), "{line}");
    }
    let file = root.path().join("moe.json");
    let given = ["reproduce", "--profile", "paper", "--archs", file.to_str().unwrap(), "--dry-run"];
    fs::write(&file, r#"{"mine": {"moe_freq": 2}}"#).unwrap();
    let line = refuse(root.path(), &given);
    assert!(line.contains("moe.json") && line.contains("`moe_freq` routes tokens to experts"), "{line}");
    fs::write(&file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n").unwrap();
    assert!(refuse(root.path(), &given).contains("git lfs pull"));
}

#[test]
fn a_sweep_needs_three_rates_that_are_rates() {
    let root = tempdir().unwrap();
    assert!(refuse(root.path(), &["tune", "--rates", "1e-3,2e-3"]).contains("three or more"));
    assert!(refuse(root.path(), &["tune", "--rates", "1e-3,2e-3,-4e-3"]).contains("positive"));
    assert!(refuse(root.path(), &["tune", "--updates-share", "1.5"]).contains("share"));
}

#[test]
fn a_run_that_another_process_owns_is_left_alone_and_its_owner_named() {
    let root = tempdir().unwrap();
    let folder = root.path().join("runs/mine");
    fs::create_dir_all(&folder).unwrap();
    let mut lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    writeln!(lock, "{}", std::process::id()).unwrap();
    let line = refuse(root.path(), &["reproduce", "--profile", "smoke", "--run", "mine"]);
    assert!(line.contains("in use by process") && line.contains(&std::process::id().to_string()), "{line}");
}

#[test]
fn a_damaged_plan_is_named() {
    let root = tempdir().unwrap();
    let folder = root.path().join("runs/mine");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("run.toml"), "schema = 1\nname = \"mi").unwrap();
    let line = refuse(root.path(), &["reproduce", "--profile", "smoke", "--run", "mine"]);
    assert!(line.contains("run.toml is damaged"), "{line}");
    // It is named among the others and hides none of them.
    let list = succeed(root.path(), &["runs", "list"]);
    assert!(list.lines().any(|line| line.starts_with("mine") && line.contains("damaged")), "{list}");
}

#[test]
fn a_latency_table_that_cannot_be_used_is_refused_by_file_line_and_column() {
    let root = tempdir().unwrap();
    let file = root.path().join("mine.csv");
    let path = file.to_str().unwrap();
    assert!(refuse(root.path(), &["latency-predictor", "--csv", path]).contains("mine.csv"));
    let header = "encoder_embed_dim,encoder_layer_num,encoder_ffn_embed_dim_avg,encoder_self_attention_heads_avg,\
                  decoder_embed_dim,decoder_layer_num,decoder_ffn_embed_dim_avg,decoder_self_attention_heads_avg,\
                  decoder_ende_attention_heads_avg,decoder_arbitrary_ende_attn_avg,latency_mean_encoder,\
                  latency_mean_decoder,latency_std_encoder,latency_std_decoder";
    let row = "640,6,1024,4,640,3,1024,4,4,1,9.5,100,0.1,1";
    for (text, parts) in [
        (String::new(), vec!["--csv", "mine.csv", "empty"]),
        (format!("{header},colour\n{row},red\n"), vec!["mine.csv", "colour"]),
        (format!("{header}\n{}\n", row.replace("100", "NaN")), vec!["line 2", "latency_mean_decoder", "NaN"]),
        (format!("{header}\n{row}\n"), vec!["mine.csv", "too few subnets", "at least 20"]),
        (format!("\n{header}\n\n{row}\n\n"), vec!["mine.csv", "too few subnets", "at least 20"]),
        (format!("{header},encoder_layer_num\n{row},6\n"), vec!["mine.csv", "`encoder_layer_num` stands twice"]),
        (format!("{header}\n{row}\n").replace(',', "\t"), vec!["mine.csv", "separated by tabs"]),
    ] {
        fs::write(&file, text).unwrap();
        let line = refuse(root.path(), &["latency-predictor", "--csv", path]);
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?}: {line}");
    }
    let line = refuse(root.path(), &["latency-predictor", "--csv", path, "--space", "wmt14-en-dee"]);
    assert!(line.contains("--space") && line.contains("wmt14-en-de"), "{line}");
}

#[test]
fn latency_and_its_predictor_refuse_bad_files_and_settings() {
    let root = tempdir().unwrap();
    assert!(refuse(root.path(), &["latency", "--space", "wmt14-en-dee"]).contains("wmt14-en-de"));
    let encoder = ["latency", "--space", "bert-v1-smoke", "--sample", "2", "--repeats", "5", "--json"];
    let measured: serde_json::Value = serde_json::from_str(&succeed(root.path(), &encoder)).unwrap();
    assert!(measured["subnets"][0]["encoder_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(measured["subnets"][0]["decoder_ms"], 0.0);
    assert!(refuse(root.path(), &["latency", "--space", "scaled-smoke", "--trim", "0.5"]).contains("--trim"));
    assert!(refuse(root.path(), &["latency", "--space", "scaled-smoke", "--length", "999"]).contains("positions"));
    assert!(refuse(root.path(), &["latency", "--space", "scaled-smoke", "no-such.json"]).contains("no-such.json"));
    let table = root.path().join("table.csv");
    let path = table.to_str().unwrap();
    succeed(root.path(), &["latency", "--space", "scaled-smoke", "--sample", "2", "--repeats", "3", "--out", path]);
    let text = fs::read_to_string(&table).unwrap();
    assert!(text.starts_with("encoder_embed_dim,") && text.lines().count() == 3, "{text}");
    fs::write(&table, text.replacen("encoder_embed_dim", "colour", 1)).unwrap();
    for arguments in [["latency-predictor", "--csv", path], ["reproduce", "--latencies", path]] {
        let line = refuse(root.path(), &arguments);
        assert!(line.contains("table.csv") && line.contains("colour"), "{line}");
    }
    assert!(!root.path().join("runs").exists(), "nothing was begun");
}

#[test]
fn a_search_needs_a_run_that_trained_the_method_and_one_limit() {
    let root = tempdir().unwrap();
    let line = refuse(root.path(), &["search", "--run", "quick", "--method", "sandwich", "--max-params", "5"]);
    assert!(line.contains("no runs yet"), "{line}");
    let line = refuse(root.path(), &["search", "--run", "quick", "--method", "sandwhich", "--max-params", "5"]);
    assert!(line.contains("sandwich"), "{line}");
    let negative = ["search", "--run", "quick", "--method", "sandwich", "--max-latency-ms", "0"];
    assert!(refuse(root.path(), &negative).contains("--max-latency-ms"));
}
