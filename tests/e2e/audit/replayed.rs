//! Jobs that are made again agree with an honest run, and find what nothing within a forged one can.

use std::path::{Path, PathBuf};

use mos_e2e::{harness, output_of, refuse, stderr, succeed};
use serde_json::Value;

use crate::alterations::{ALTERATIONS, Found};
use crate::launder::Forged;
use crate::workbench::{Audited, audit, copy};

/// A job that reads a training, which has to be made again too.
const SCORE: &str = "score mos-neuron seed 1";
/// A job that reads none.
const TRAINING: &str = "train scratch/largest seed 1";

fn replay(root: &Path, folder: &Path, job: &str) -> PathBuf {
    let id = Forged::read(folder).job(job).was.clone();
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
    let replayed = replay(root.path(), &folder, SCORE);
    let options = ["--replayed", replayed.to_str().unwrap()];
    let agreed = rule(&audit(&folder, &options));
    assert_eq!((&agreed["expected"], &agreed["found"]), (&Value::from(2), &Value::from(2)), "{agreed:#}");
    assert!(agreed["what"].as_str().unwrap().contains("equal to the bit"), "{agreed:#}");

    assert_eq!(found_by_replay("better test loss", &options), 2);
}

#[test]
fn a_training_made_again_tells_how_much_it_took() {
    let (root, folder) = copy("smoke");
    let replayed = replay(root.path(), &folder, TRAINING);
    assert_eq!(found_by_replay("fewer FLOPs from scratch", &["--replayed", replayed.to_str().unwrap()]), 1);
}

/// Forges runs in ways that no rule finds, and finds them by jobs that were made again; counts the ways.
fn found_by_replay(named: &str, options: &[&str]) -> usize {
    let forgeries = ALTERATIONS.iter().filter(|a| a.laundered == Found::Outside && a.what.contains(named));
    let mut tried = 0;
    for alteration in forgeries {
        let (_root, folder) = copy(alteration.run);
        let mut forged = Forged::read(&folder);
        (alteration.forge)(&mut forged);
        forged.write_laundered();
        let found = audit(&folder, options).broken("error");
        assert_eq!(found.iter().map(|(rule, _)| rule.as_str()).collect::<Vec<_>>(), ["P1"], "{}", alteration.what);
        assert!(found[0].1[0]["says"].as_str().unwrap().contains("when made again"), "{found:?}");
        tried += 1;
    }
    tried
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

#[test]
fn jobs_are_drawn_by_a_seed_that_is_told_within_the_minutes_that_are_given() {
    let (root, _folder) = copy("smoke");
    let drawn = |minutes: &str| {
        let mut replay = harness(root.path(), &["replay", "smoke", "--jobs", "2", "--minutes", minutes]);
        let output = replay.output().unwrap();
        (output.status.success(), stderr(&output))
    };
    let (succeeded, said) = drawn("5");
    assert!(succeeded && said.contains("replay: 2 job(s), drawn by seed ") && said.contains("of work"), "{said}");
    let (succeeded, said) = drawn("0.00001");
    assert!(!succeeded && said.contains("no job of the run can be made again in 0.00001 minutes"), "{said}");
}

#[test]
fn on_another_instruction_set_scores_are_held_against_the_spread_over_seeds() {
    let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let arguments = ["--track", "mt", "--methods", "sandwich", "--seeds", "3", "--jobs", "2", "--run", "seeds"];
    succeed(root.path(), &[&["reproduce", "--profile", "smoke"], &arguments[..]].concat());
    let folder = root.path().join("runs/seeds");
    let id = Forged::read(&folder).job("score sandwich seed 1").was.clone();
    let mut replay = harness(root.path(), &["replay", "seeds", "--job", &id]);
    let folder_again = output_of(replay.env("ATEN_CPU_CAPABILITY", "default"));
    let audited = audit(&folder, &["--replayed", folder_again.trim()]);
    let told = rule(&audited);
    assert!(told["what"].as_str().unwrap().contains("within the spread over seeds"), "{told:#}");
    // Sums in another order change little; the score and the curve of its training have three seeds to be held against.
    assert_eq!(told["findings"].as_array().unwrap().len(), 0, "{told:#}");
    assert_eq!((&told["expected"], &told["found"]), (&Value::from(2), &Value::from(2)), "{told:#}");
}
