//! An honest run has no finding above a note, whatever was done with it that may be done with a run.

use std::fs;
use std::path::Path;

use mos_e2e::{audit_clean, harness, output_of, program, succeed};

use serde_json::Value;

use crate::workbench::{Audited, BOTH, audit, copy, run};

/// Refuses any finding above a note.
fn assert_clean(what: &str, audited: &Audited) {
    let grave: Vec<_> = ["error", "warning"].iter().flat_map(|severity| audited.broken(severity)).collect();
    assert!(grave.is_empty() && audited.code == 0, "{what}: exit code {}, {:#?}", audited.code, audited.document);
}

/// Gives the outcome of a rule.
fn rule(document: &Value, id: &str) -> Value {
    document["rules"].as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap().clone()
}

#[test]
fn runs_as_they_are_made_and_moved_away_from_the_other_track() {
    for name in BOTH {
        let beside = audit_clean(&run(name));
        assert_eq!(rule(&beside, "N5")["notes"], Value::Null);
        // The page shows the other track, which is no longer there.
        let (_root, folder) = copy(name);
        let notes = rule(&audit_clean(&folder), "N5")["notes"].to_string();
        assert!(notes.contains("the page shows run") && notes.contains("not checked"), "{notes}");
    }
}

#[test]
fn bundles_of_a_run_that_lies_beside_the_other_track() {
    for name in BOTH {
        let root = tempfile::tempdir().unwrap();
        let bundle = root.path().join("run.zip");
        let arguments = ["bundle", run(name).to_str().unwrap(), "--out", bundle.to_str().unwrap()].map(str::to_owned);
        output_of(&mut program("mos-reports", root.path(), &arguments.each_ref().map(String::as_str)));
        assert_eq!(rule(&audit_clean(&bundle), "N5")["notes"], Value::Null);
    }
}

#[test]
fn runs_that_were_moved_rendered_again_or_cleaned() {
    for name in BOTH {
        let (root, folder) = copy(name);
        output_of(&mut program("mos-reports", root.path(), &["report", folder.to_str().unwrap()]));
        assert_clean(&format!("{name} rendered again"), &audit(&folder, &[]));
        let moved = root.path().join("elsewhere");
        fs::rename(&folder, &moved).unwrap();
        assert_clean(&format!("{name} moved"), &audit(&moved, &[]));
        fs::rename(&moved, &folder).unwrap();
        succeed(root.path(), &["runs", "clean"]);
        assert_clean(&format!("{name} cleaned"), &audit(&folder, &[]));
    }
}

#[test]
fn bundles_with_and_without_texts() {
    for name in BOTH {
        let (root, folder) = copy(name);
        let pack = |out: &Path, more: &[&str]| {
            let arguments = [&["bundle", folder.to_str().unwrap(), "--out", out.to_str().unwrap()], more].concat();
            output_of(&mut program("mos-reports", root.path(), &arguments))
        };
        let bundle = root.path().join("whole.zip");
        let said = pack(&bundle, &[]);
        let digest = said.lines().find_map(|line| line.strip_prefix("bundle  ")).unwrap();
        assert_clean(&format!("bundle of {name}"), &audit(&bundle, &["--expect-digest", digest]));
        let again = root.path().join("again.zip");
        pack(&again, &[]);
        assert_eq!(fs::read(&bundle).unwrap(), fs::read(&again).unwrap(), "the same run gives the same bytes");
        let without = root.path().join("without.zip");
        pack(&without, &["--no-text"]);
        assert!(fs::metadata(&without).unwrap().len() < fs::metadata(&bundle).unwrap().len());
        assert_clean(&format!("bundle of {name} without texts"), &audit(&without, &[]));
        // The digest is refused where it is another one's.
        let other = audit(&without, &["--expect-digest", digest]);
        assert_eq!((other.code, other.broken("error")[0].0.as_str()), (3, "S8"));
    }
}

#[test]
fn runs_of_a_subset_with_given_subnets_or_more_seeds() {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let given = root.path().join("given.json");
    let card = fs::read_to_string(run("smoke").join("run.toml")).unwrap();
    let card: toml::Table = card.parse().unwrap();
    let largest = card["subnets"].as_array().unwrap().iter().find(|card| card["name"].as_str() == Some("random-1"));
    let arch = largest.unwrap()["arch_json"].as_str().unwrap().to_owned();
    fs::write(&given, format!("{{\"mine\": {arch}}}")).unwrap();
    for (name, more) in [
        ("subset", vec!["--track", "mt", "--methods", "sandwich,mos-neuron"]),
        ("given", vec!["--track", "mt", "--methods", "sandwich", "--archs", given.to_str().unwrap()]),
        ("seeds", vec!["--track", "mt", "--methods", "sandwich", "--seeds", "2"]),
        ("bert-subset", vec!["--track", "bert", "--methods", "sandwich"]),
    ] {
        let smoke = ["reproduce", "--profile", "smoke", "--jobs", "2", "--run", name];
        output_of(&mut harness(root.path(), &[&smoke[..], &more].concat()));
        let document = audit_clean(&root.path().join("runs").join(name));
        let differs = rule(&document, "R2");
        assert_eq!(differs["severity"], "note", "its profile is not the shipped one, and the audit says in what");
        assert!(differs["findings"].to_string().contains("methods"), "{differs:#}");
    }
}
