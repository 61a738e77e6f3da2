//! The inputs after public bug reports that may lie beside the repository, in `../shared/cases`. Each kind has tests with
//! inputs of its own elsewhere; here the binaries are started on those very files, where they are.

use std::path::{Path, PathBuf};
use std::process::Output;

use mos_e2e::{json, program, repository, stderr};
use serde_json::Value;

/// Gives the folder of a case; where it is absent, says that a test is skipped.
fn case(name: &str) -> Option<PathBuf> {
    let folder = repository().join("../shared/cases").join(name);
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not here", folder.display());
        return None;
    }
    Some(folder)
}

fn run(binary: &str, folder: &Path, arguments: &[&str]) -> Output {
    let cache = tempfile::tempdir().unwrap();
    let mut command = program(binary, cache.path(), arguments);
    command.current_dir(folder).env("MOS_CACHE", cache.path()).output().unwrap()
}

/// Gives the one line of a refusal.
fn refused(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty());
    let said = stderr(output);
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

fn near(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 1e-4, "{value} is not {expected}");
}

#[test]
fn tables_with_blank_lines_and_with_a_column_twice() {
    let gap = ["--scratch", "scratch", "--supernet", "hat", "--json"];
    if let Some(folder) = case("case-01") {
        for file in ["clean.csv", "leading.csv", "middle.csv", "trailing.csv", "trailing-crlf.csv"] {
            let rows = json(&run("mos-reports", &folder, &[&["gap", file], &gap[..]].concat()));
            assert_eq!(rows[0]["n"], 6, "{file}");
            near(&rows[0]["mae"]["value"], 1.116_667);
            near(&rows[0]["kendall_tau_b"]["value"], 0.733_333);
            near(&rows[0]["spearman"]["value"], 0.885_714);
        }
    }
    if let Some(folder) = case("case-02") {
        for file in ["twice.csv", "clash.csv"] {
            let line = refused(&run("mos-reports", &folder, &[&["gap", file], &gap[..]].concat()));
            assert!(line.contains("`hat`") && line.contains("stands twice"), "{line}");
        }
    }
}

#[test]
fn translations_that_are_tokenised() {
    let Some(folder) = case("case-06") else { return };
    for (hyp, reference, bleu, chrf, warns) in [
        ("hyp.tok", "ref.tok", 96.187178, 98.111565, true),
        ("hyp.detok", "ref.detok", 95.787598, 98.012461, false),
        ("hyp.tok", "ref.detok", 83.180016, 94.457095, true),
    ] {
        let output = run("mos-reports", &folder, &["score", "--hyp", hyp, "--ref", reference, "--json"]);
        let score = json(&output);
        near(&score["bleu"], bleu);
        near(&score["chrf"], chrf);
        let said = stderr(&output);
        assert_eq!(said.contains("tokenised (` .` at the end in 116 of 130 lines)"), warns, "{said}");
    }
}

#[test]
fn a_configuration_with_routed_experts() {
    let Some(folder) = case("case-10") else { return };
    let arch = |file: &str| run("mos-plan", &folder, &["arch", "--space", "wmt14-en-de", file, "--json"]);
    assert_eq!(json(&arch("dense.yml"))[0]["params"], 42_816_000);
    assert!(refused(&arch("routed-experts.yml")).contains("`encoder-num-experts-to-route`"));
    refused(&arch("typo.yml"));
}

#[test]
fn folders_of_text() {
    let show = |folder: &Path, name: &str| {
        // By its path, since the name alone may be that of a corpus of the registry.
        let path = folder.join(name);
        let output = run("mos-data", folder, &["data", "show", path.to_str().unwrap(), "--json"]);
        (json(&output)["manifest"].clone(), stderr(&output))
    };
    if let Some(folder) = case("case-12") {
        for name in ["wmt14_en_de", "en-de.clean", "wmt14-en-de"] {
            assert_eq!(show(&folder, name).0["source_language"], "en", "{name}");
        }
    }
    if let Some(folder) = case("case-13") {
        let (manifest, said) = show(&folder, "bpe-en-de");
        assert!(said.contains("cut into pieces") && manifest["notes"].to_string().contains("escaped"), "{said}");
    }
    if let Some(folder) = case("case-14") {
        let (manifest, _) = show(&folder, "news-en-zh");
        let pairs = ["train", "valid", "test"].map(|split| manifest[split]["pairs"].as_u64().unwrap());
        assert_eq!(pairs, [300, 20, 20]);
    }
}
