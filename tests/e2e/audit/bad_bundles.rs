//! What is no bundle of a run, or a hostile one, is refused in one line, with an exit code that is no verdict.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use mos_e2e::{output_of, program, stderr};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::workbench::{audit, copy, entries};

/// Packs a copy of the small run of translation.
fn bundle() -> (tempfile::TempDir, PathBuf) {
    let (root, folder) = copy("smoke");
    let bundle = root.path().join("run.zip");
    let arguments = ["bundle", folder.to_str().unwrap(), "--out", bundle.to_str().unwrap()];
    output_of(&mut program("mos-reports", root.path(), &arguments));
    (root, bundle)
}

/// Writes an archive again, each entry as `change` gives it; entries of which it gives nothing are left out.
fn rewrite(bundle: &Path, change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries(bundle) {
        if let Some(bytes) = change(&name, bytes) {
            out.start_file(name, SimpleFileOptions::default()).unwrap();
            out.write_all(&bytes).unwrap();
        }
    }
    fs::write(bundle, out.finish().unwrap().into_inner()).unwrap();
}

fn replaced(bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

/// Gives the one line that an audit ends with that can't be made.
fn refused(path: &Path, more: &[&str]) -> String {
    let arguments = [&["audit", path.to_str().unwrap()], more].concat();
    let output = program("mos-reports", path.parent().unwrap(), &arguments).output().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty() && said.starts_with("error: ") && said.trim_end().lines().count() == 1, "{said}");
    said
}

#[test]
fn what_is_no_bundle_of_a_run_is_one_line_each() {
    let (root, good) = bundle();
    let bytes = fs::read(&good).unwrap();
    let bad = root.path().join("bad.zip");
    for (damaged, part) in [
        (bytes[..bytes.len() / 2].to_vec(), "cut"),
        (b"no archive".to_vec(), "no bundle"),
        (
            {
                let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
                zip.start_file("a.txt", SimpleFileOptions::default()).unwrap();
                zip.finish().unwrap().into_inner()
            },
            "run.toml",
        ),
    ] {
        fs::write(&bad, damaged).unwrap();
        let said = refused(&bad, &[]);
        assert!(said.contains(part), "{said}");
    }
    type Change = fn(&str, Vec<u8>) -> Option<Vec<u8>>;
    let changes: [(Change, &str); 4] = [
        (
            |name, bytes| Some(if name == "run.toml" { replaced(bytes, "schema = ", "schema = 9") } else { bytes }),
            "version 9",
        ),
        (
            |name, bytes| {
                Some(if name == "run.toml" { replaced(bytes, "beside = [\"", "beside = [\"../../x") } else { bytes })
            },
            "../../x",
        ),
        (
            |name, bytes| {
                Some(if name == "run.toml" { replaced(bytes, "beside = [\"", "beside = [\"<script>") } else { bytes })
            },
            "<script>",
        ),
        (|name, bytes| (name != "records.parquet").then_some(bytes), "records.parquet"),
    ];
    for (change, part) in changes {
        fs::copy(&good, &bad).unwrap();
        rewrite(&bad, change);
        let said = refused(&bad, &[]);
        assert!(said.contains(part), "{said}");
    }
    let said = refused(&root.path().join("none"), &[]);
    assert!(said.contains("none"), "{said}");
    let said = refused(&root.path().join("runs/smoke"), &["--expect-digest", "00"]);
    assert!(said.contains("--expect-digest"), "{said}");
}

#[test]
fn files_of_a_bundle_that_lie_are_errors_and_not_followed() {
    let (_root, bundle) = bundle();
    let names = [("SHA256SUMS", "run.toml", "/dev/zero"), ("SHA256SUMS", "run.toml", "../../../../etc/passwd")];
    for (file, from, to) in names {
        let lying = bundle.with_file_name("lying.zip");
        fs::copy(&bundle, &lying).unwrap();
        rewrite(&lying, |name, bytes| Some(if name == file { replaced(bytes, from, to) } else { bytes }));
        let audited = audit(&lying, &[]);
        let broken = audited.broken("error");
        assert_eq!((audited.code, broken[0].0.as_str()), (3, "S1"), "{broken:#?}");
        assert!(broken[0].1.to_string().contains("SHA256SUMS"), "{broken:#?}");
    }
    let newer = bundle.with_file_name("newer.zip");
    fs::copy(&bundle, &newer).unwrap();
    rewrite(&newer, |name, bytes| {
        Some(if name == "bundle.json" { replaced(bytes, "\"schema\": 1", "\"schema\": 9") } else { bytes })
    });
    let broken = audit(&newer, &[]).broken("error");
    assert!(broken[0].0 == "S1" && broken[0].1.to_string().contains("version 9"), "{broken:#?}");
}

#[test]
fn what_a_hostile_run_says_stays_on_its_line() {
    let (root, folder) = copy("smoke");
    let jobs = fs::read_dir(folder.join("jobs")).unwrap();
    let job = jobs.map(|job| job.unwrap().path().join("job.json")).min().unwrap();
    let text = fs::read_to_string(&job).unwrap();
    let label = text.split_once("\"label\": \"").unwrap().1.split('"').next().unwrap();
    let hostile = text.replacen(label, &format!("{label}\\nNothing was found.\\u001b[2J"), 1);
    fs::write(&job, hostile.replacen("\"outputs\": {", "\"outputs\": {\n    \"none.txt\": \"00\",", 1)).unwrap();
    let arguments = ["audit", folder.to_str().unwrap()];
    let output = program("mos-reports", root.path(), &arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("none.txt") && !said.contains('\u{1b}'), "{said}");
    assert!(!said.lines().any(|line| line.starts_with("Nothing was found.")), "{said}");
}

#[test]
fn a_bundle_describes_what_it_holds() {
    let (_root, bundle) = bundle();
    let entries = entries(&bundle);
    let crate_file: serde_json::Value = serde_json::from_slice(&entries["ro-crate-metadata.json"]).unwrap();
    assert_eq!(crate_file["@context"], "https://w3id.org/ro/crate/1.3/context");
    let graph = crate_file["@graph"].as_array().unwrap();
    let entity = |id: &str| graph.iter().find(|entity| entity["@id"] == id).unwrap_or_else(|| panic!("no {id}"));
    assert_eq!(entity("ro-crate-metadata.json")["conformsTo"]["@id"], "https://w3id.org/ro/crate/1.3");
    assert!(entity("./")["conformsTo"]["@id"].as_str().unwrap().starts_with("https://w3id.org/ro/wfrun/process/"));
    let parts: BTreeSet<&str> =
        entity("./")["hasPart"].as_array().unwrap().iter().map(|p| p["@id"].as_str().unwrap()).collect();
    for (name, bytes) in
        entries.iter().filter(|(name, _)| !["ro-crate-metadata.json", "SHA256SUMS"].contains(&name.as_str()))
    {
        assert!(parts.contains(name.as_str()), "{name} is no part");
        assert_eq!(entity(name)["contentSize"], bytes.len().to_string(), "{name}");
    }
    assert_eq!(parts.len(), entries.len() - 2);
    // Every reference leads to an entity of the description.
    let action = entity("#run");
    for reference in
        [&action["instrument"], &action["agent"], &action["object"][0], &action["result"][0], &action["result"][1]]
    {
        entity(reference["@id"].as_str().unwrap());
    }
    let citation = String::from_utf8(entries["CITATION.cff"].clone()).unwrap();
    for line in ["cff-version: 1.2.0", "title:", "authors:"] {
        assert!(citation.contains(line), "{citation}");
    }
}
