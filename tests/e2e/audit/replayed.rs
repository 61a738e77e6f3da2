//! Jobs that are made again agree with an honest run, and find what nothing within a forged one can.

use std::path::{Path, PathBuf};

use mos_e2e::{refuse, succeed};
use serde_json::Value;

use crate::alterations::{ALTERATIONS, Found};
use crate::launder::Forged;
use crate::workbench::{Audited, audit, copy};

/// The job that is made again: it reads a training, which has to be made again too.
const JOB: &str = "score mos-neuron seed 1";

fn replay(root: &Path, folder: &Path) -> PathBuf {
    let id = Forged::read(folder).job(JOB).was.clone();
    let said = succeed(root, &["replay", "smoke", "--job", &id]);
    PathBuf::from(said.trim())
}

fn rule(audited: &Audited) -> Value {
    let rules = audited.document["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["id"] == "P1").unwrap().clone()
}

#[test]
fn a_job_made_again_agrees_with_an_honest_run_and_not_with_forged_scores() {
    let (root, folder) = copy("smoke");
    let untold = rule(&audit(&folder, &[]));
    assert!(untold["cannot_tell"].as_str().unwrap().contains("--replay"), "{untold}");
    let replayed = replay(root.path(), &folder);
    let options = ["--replayed", replayed.to_str().unwrap()];
    let agreed = rule(&audit(&folder, &options));
    assert_eq!((&agreed["expected"], &agreed["found"]), (&Value::from(2), &Value::from(2)), "{agreed:#}");
    assert!(agreed["what"].as_str().unwrap().contains("equal to the bit"), "{agreed:#}");

    let forgeries = ALTERATIONS.iter().filter(|a| a.laundered == Found::Outside && a.what.contains("better test loss"));
    let mut tried = 0;
    for alteration in forgeries {
        let (_root, folder) = copy("smoke");
        let mut forged = Forged::read(&folder);
        (alteration.forge)(&mut forged);
        forged.write_laundered();
        let found = audit(&folder, &options).broken("error");
        assert_eq!(found.iter().map(|(rule, _)| rule.as_str()).collect::<Vec<_>>(), ["P1"], "{}", alteration.what);
        assert!(found[0].1[0]["says"].as_str().unwrap().contains("when made again"), "{found:?}");
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[test]
fn a_run_of_other_code_is_not_made_again() {
    let (root, folder) = copy("smoke");
    let manifest = folder.join("run.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let own = Forged::read(&folder).manifest.environment.code_hash;
    std::fs::write(&manifest, text.replace(&own, "0123456789abcdef")).unwrap();
    let said = refuse(root.path(), &["replay", "smoke", "--jobs", "1"]);
    assert!(said.contains("0123456789abcdef") && said.contains("commit"), "{said}");
}
