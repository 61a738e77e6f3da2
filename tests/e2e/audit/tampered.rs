//! Runs that were tampered with are found out, and the ways that only a replay or an outside digest finds are known.

use std::collections::BTreeSet;
use std::fs;

use mos_plan::files::job::RECORDS;

use mos_e2e::audit_clean;

use crate::alterations::{ALTERATIONS, Found};
use crate::launder::Forged;
use crate::workbench::{audit, copy, run};

/// Rules that compare hashes.
const HASHES: [&str; 4] = ["S2", "S3", "S8", "S9"];

#[test]
fn every_raw_alteration_is_found_and_named() {
    for alteration in ALTERATIONS {
        let (_root, folder) = copy(alteration.run);
        let mut forged = Forged::read(&folder);
        // Before anything is altered there is nothing to find.
        forged.write_raw();
        audit_clean(&folder);
        (alteration.forge)(&mut forged);
        forged.write_raw();
        let audited = audit(&folder, &[]);
        let named = audited.broken("error").into_iter().chain(audited.broken("warning")).collect::<Vec<_>>();
        assert!(!named.is_empty(), "{}: {:#?}", alteration.what, audited.document);
        for (rule, findings) in named {
            let findings = findings.as_array().unwrap();
            assert!(!findings.is_empty(), "{}: {rule} names nothing", alteration.what);
            assert!(findings.iter().all(|f| f["file"].is_string() && f["says"].is_string()), "{findings:?}");
        }
    }
}

#[test]
fn laundered_alterations_are_found_by_what_the_table_says() {
    let (mut found, mut wrong) = (0, Vec::new());
    for alteration in ALTERATIONS {
        let (_root, folder) = copy(alteration.run);
        let mut forged = Forged::read(&folder);
        (alteration.forge)(&mut forged);
        forged.write_laundered();
        let audited = audit(&folder, &[]);
        let named = audited.broken("error").into_iter().chain(audited.broken("warning"));
        let rules: BTreeSet<String> =
            named.map(|(rule, _)| rule).filter(|rule| !HASHES.contains(&rule.as_str())).collect();
        let as_told = match alteration.laundered {
            Found::By(rule) => rules.contains(rule),
            Found::Outside => rules.is_empty(),
        };
        found += usize::from(!rules.is_empty());
        if !as_told {
            wrong.push(format!("{}: {:?}, found by {rules:?}", alteration.what, alteration.laundered));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ALTERATIONS.len() >= 40 && found >= 25, "{found} of {}", ALTERATIONS.len());
}

#[test]
fn an_outside_digest_finds_what_no_rule_does() {
    let (root, folder) = copy("smoke");
    let bundle = |name: &str| {
        let out = root.path().join(name);
        mos_reports::bundle::pack(&folder, &out, mos_reports::bundle::Texts::All).unwrap()
    };
    let published = bundle("honest.zip").digest;
    for alteration in ALTERATIONS.iter().filter(|alteration| alteration.laundered == Found::Outside) {
        assert_eq!(alteration.run, "smoke");
        let mut forged = Forged::read(&folder);
        (alteration.forge)(&mut forged);
        forged.write_laundered();
        let packed = bundle("forged.zip");
        let audited = audit(&packed.path, &["--expect-digest", &published]);
        assert_eq!(audited.broken("error")[0].0, "S8", "{}", alteration.what);
    }
}

#[test]
fn other_code_is_a_note_beside_the_error_that_jobs_are_of_yet_other_code() {
    let (_root, folder) = copy("smoke");
    let mut forged = Forged::read(&folder);
    forged.manifest.environment.code_hash = "0".repeat(16);
    forged.manifest.created_utc = "2199-01-01T00:00:00Z".to_owned();
    forged.write_raw();
    let audited = audit(&folder, &[]);
    let named = |severity: &str| audited.broken(severity).into_iter().map(|(rule, _)| rule).collect::<Vec<_>>();
    assert_eq!(named("note"), ["E3", "E4"], "a clock that was wrong is a note, too");
    assert!(named("error").contains(&"E1".to_owned()));
}

#[test]
fn the_guide_names_what_no_rule_finds() {
    let guide = include_str!("../../../docs/auditing.md");
    let table = guide.split_once("| what was altered |").unwrap().1.split("\n\n").next().unwrap();
    let rows: Vec<&str> = table.lines().skip(2).filter_map(|line| line.split(" | ").next()).collect();
    let outside = ALTERATIONS.iter().filter(|alteration| alteration.laundered == Found::Outside);
    assert_eq!(rows, outside.map(|alteration| format!("| {}", alteration.what)).collect::<Vec<_>>());
}

#[test]
fn files_that_were_changed_by_hand_are_named() {
    type Change = fn(&std::path::Path);
    let changes: [(&str, &str, Change); 7] = [
        ("report/index.html", "N5", |path| edit(path, "mos-neuron", "mos-neuron!")),
        ("report/tables/verdicts.csv", "C1", |path| edit(path, "one training", "reproduced")),
        ("report/tables/headline.csv", "N5", |path| fs::remove_file(path).unwrap()),
        ("report/index.html", "N8", |path| edit(path, "content=\"mos-reports ", "content=\"mos-reports 0")),
        ("notes.txt", "S7", |path| fs::write(path, "read me").unwrap()),
        (RECORDS, "S4", |path| {
            let mut records = mos_reports::read_records(path).unwrap();
            records.pop();
            mos_reports::write_records(path, &records).unwrap();
        }),
        ("plan.json", "S1", |path| fs::write(path, "{").unwrap()),
    ];
    for (file, rule, change) in changes {
        let (_root, folder) = copy("smoke");
        change(&folder.join(file));
        let audited = audit(&folder, &[]);
        let named = audited.broken("error").into_iter().chain(audited.broken("warning")).collect::<Vec<_>>();
        let of_rule = named.iter().find(|(id, _)| id == rule);
        let (_, findings) = of_rule.unwrap_or_else(|| panic!("{file}: {named:#?}"));
        assert!(findings.to_string().contains(file), "{findings:#}");
    }
    assert!(run("smoke").join("report/index.html").is_file(), "the copies leave the run alone");
}

fn edit(path: &std::path::Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}
