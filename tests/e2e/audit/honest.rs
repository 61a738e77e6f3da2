//! An honest run has no finding above a note, whatever was done with it that may be done with a run.

use std::fs;
use std::path::Path;

use mos_e2e::{harness, output_of, program, succeed};

use crate::workbench::{Audited, BOTH, audit, copy, run};

/// Refuses any finding above a note.
fn assert_clean(what: &str, audited: &Audited) {
    let grave: Vec<_> = ["error", "warning"].iter().flat_map(|severity| audited.broken(severity)).collect();
    assert!(grave.is_empty() && audited.code == 0, "{what}: exit code {}, {:#?}", audited.code, audited.document);
}

#[test]
fn runs_as_they_are_made() {
    for name in BOTH {
        assert_clean(name, &audit(&run(name), &[]));
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
    let smoke = ["reproduce", "--profile", "smoke", "--track", "mt", "--jobs", "2"];
    for (name, more) in [
        ("subset", vec!["--methods", "sandwich,mos-neuron"]),
        ("given", vec!["--methods", "sandwich", "--archs", given.to_str().unwrap()]),
        ("seeds", vec!["--methods", "sandwich", "--seeds", "2"]),
    ] {
        output_of(&mut harness(root.path(), &[&smoke[..], &["--run", name], &more].concat()));
        assert_clean(name, &audit(&root.path().join("runs").join(name), &[]));
    }
}
