//! Runs that were tampered with are found out, and the ways that only a replay or an outside digest finds are known.

use std::collections::BTreeSet;
use std::fs;

use mos_plan::files::job::RECORDS;

use crate::alterations::{ALTERATIONS, Found};
use crate::launder::Forged;
use crate::workbench::{audit, copy, run};

/// Rules that compare hashes.
const HASHES: [&str; 4] = ["S2", "S3", "S8", "S9"];

#[test]
fn every_raw_alteration_is_found_and_named() {
    for alteration in ALTERATIONS {
        let (_root, folder) = copy("smoke");
        let mut forged = Forged::read(&folder);
        (alteration.forge)(&mut forged);
        forged.write_raw();
        let audited = audit(&folder, &[]);
        let named = audited.broken("error").into_iter().chain(audited.broken("warning")).collect::<Vec<_>>();
        // What stands in the manifest alone has no hash in the run; the rest is found by hashes, too.
        let outside = alteration.laundered == Found::Outside && named.is_empty() && audited.code == 0;
        let in_manifest = alteration.what == "another processor";
        assert!(!named.is_empty() || (outside && in_manifest), "{}: {:#?}", alteration.what, audited.document);
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
        let (_root, folder) = copy("smoke");
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
        let mut forged = Forged::read(&folder);
        (alteration.forge)(&mut forged);
        forged.write_laundered();
        let packed = bundle("forged.zip");
        let audited = audit(&packed.path, &["--expect-digest", &published]);
        assert_eq!(audited.broken("error")[0].0, "S8", "{}", alteration.what);
    }
}

#[test]
fn files_that_were_changed_by_hand_are_named() {
    type Change = fn(&std::path::Path);
    let changes: [(&str, &str, Change); 6] = [
        ("report/index.html", "N5", |path| edit(path, "mos-neuron", "mos-neuron!")),
        ("report/tables/verdicts.csv", "C1", |path| edit(path, "one training", "reproduced")),
        ("report/tables/headline.csv", "N5", |path| fs::remove_file(path).unwrap()),
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
