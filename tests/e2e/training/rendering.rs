//! A run is used again, and its report is made again from records alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use mos_e2e::{harness, output_of, program, succeed};

fn report_files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["", "tables", "plots"] {
        for entry in std::fs::read_dir(root.join("runs/smoke/report").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Tests a search beside those of the plan: it is found under its limit, not done twice, and refused where nothing can
/// meet it.
fn searched(root: &Path) {
    let arguments = ["search", "--run", "smoke", "--method", "mos-layer", "--max-flops", "3000000", "--json"];
    let first: serde_json::Value = serde_json::from_str(&succeed(root, &arguments)).unwrap();
    assert!(first["flops"].as_i64().unwrap() <= 3_000_000, "{first}");
    assert!(first["fitness"].as_f64().unwrap() > 0.0 && first["evaluations"].as_u64().unwrap() > 0);
    let second: serde_json::Value = serde_json::from_str(&succeed(root, &arguments)).unwrap();
    assert_eq!(first, second);
    let impossible = ["search", "--run", "smoke", "--method", "mos-layer", "--max-params", "10"];
    let output = harness(root, &impossible).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let last = text.lines().last().unwrap_or_default();
    assert!(!output.status.success() && last.contains("10 parameters") && last.contains("reachable are"), "{text}");
}

#[test]
fn a_finished_run_is_used_again_exported_and_rendered_from_records_alone() {
    let root = tempfile::tempdir().unwrap();
    let arguments = ["reproduce", "--profile", "smoke", "--track", "mt", "--json"];
    let first: serde_json::Value = serde_json::from_str(&succeed(root.path(), &arguments)).unwrap();
    let clock = Instant::now();
    let second: serde_json::Value = serde_json::from_str(&succeed(root.path(), &arguments)).unwrap();
    assert!(clock.elapsed() < Duration::from_secs(10), "a second call trains nothing");
    assert_eq!(first["run"], second["run"]);

    let status = succeed(root.path(), &["status", "smoke"]);
    let jobs = &first["jobs"]["total"];
    assert!(status.contains(&format!("{jobs} of {jobs} jobs are finished")), "{status}");
    // The default method is the mixture, and a file of the user's beside the output stays.
    let out = root.path().join("subnet.safetensors");
    std::fs::write(root.path().join("subnet.tmp"), "mine").unwrap();
    succeed(root.path(), &["export", "smoke", "smallest", "--out", out.to_str().unwrap()]);
    let bytes = std::fs::read(&out).unwrap();
    assert!(bytes.windows(10).any(|w| w == b"mos-neuron"), "the metadata names the method");
    succeed(root.path(), &["export", "smoke", "found-1", "--method", "scratch", "--out", out.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(root.path().join("subnet.tmp")).unwrap(), "mine");

    searched(root.path());
    let made = report_files(root.path());
    let page = String::from_utf8(std::fs::read(root.path().join("runs/smoke/report/index.html")).unwrap()).unwrap();
    for outside in ["<script src", "import(", "fetch(", "src=\"http", "url(http", "<link"] {
        assert!(!page.contains(outside), "the page asks for something outside: {outside}");
    }
    std::fs::remove_dir_all(root.path().join("runs/smoke/report")).unwrap();
    std::fs::remove_dir_all(root.path().join("runs/smoke/jobs")).unwrap();
    output_of(&mut program("mos-reports", root.path(), &["report", "smoke"]));
    assert_eq!(made, report_files(root.path()));
}

/// This tests that what a plan says before the run is what the run then does.
#[test]
fn a_dry_run_names_the_jobs_by_the_ids_that_the_harness_gives_them() {
    let root = tempfile::tempdir().unwrap();
    let arguments = ["reproduce", "--profile", "smoke", "--methods", "sandwich"];
    // The data is prepared by now, or is by this call.
    succeed(root.path(), &["reproduce", "--profile", "smoke", "--run", "other", "--max-updates", "1"]);
    let planned = succeed(root.path(), &[&arguments[..], &["--dry-run", "--json"]].concat());
    let planned: serde_json::Value = serde_json::from_str(&planned).unwrap();
    succeed(root.path(), &arguments);
    let made = std::fs::read_to_string(root.path().join("runs/smoke/plan.json")).unwrap();
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let ids = |plan: &serde_json::Value| -> Vec<String> {
        plan["jobs"].as_array().unwrap().iter().filter_map(|job| Some(job["id"].as_str()?.to_string())).collect()
    };
    let (planned_ids, made_ids) = (ids(&planned), ids(&made));
    assert!(planned_ids.len() > 8, "{planned}");
    assert_eq!(planned_ids[..], made_ids[..planned_ids.len()]);
    // The others depend on what the searches find.
    assert!(planned["jobs"].as_array().unwrap().len() > planned_ids.len() && made_ids.len() > planned_ids.len());
}
