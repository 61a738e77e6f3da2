//! Plans are printed anywhere: without data, for GPUs that are not here, and for every profile.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use mos_e2e::{harness, succeed};
use tempfile::tempdir;

#[test]
fn every_profile_prints_its_plan_without_data() {
    let root = tempdir().unwrap();
    let empty = root.path().join("cache");
    let profiles = ["smoke", "quick", "cpu", "paper"];
    for (profile, track) in profiles.into_iter().flat_map(|profile| [(profile, "mt"), (profile, "bert")]) {
        let arguments = ["reproduce", "--profile", profile, "--track", track, "--dry-run", "--json"];
        let output = harness(root.path(), &arguments).env("MOS_CACHE", &empty).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let jobs = plan["jobs"].as_array().unwrap();
        assert_eq!(plan["total"]["jobs"], jobs.len());
        for job in jobs {
            for figure in ["seconds", "memory_bytes", "disk_bytes"] {
                assert!(job[figure].as_f64().unwrap() > 0.0, "{track} {profile}: {figure} of {}", job["label"]);
            }
        }
    }
    assert!(!empty.exists() && !root.path().join("runs").exists(), "a dry run leaves nothing");
}

#[test]
fn the_papers_tasks_and_a_trial_are_planned_anywhere() {
    let root = tempdir().unwrap();
    for (dataset, rows) in [("wmt14-en-fr", "44512"), ("wmt19-en-de", "49600")] {
        let plan =
            succeed(root.path(), &["reproduce", "--profile", "paper", "--dataset", dataset, "--dry-run", "--json"]);
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        assert_eq!((plan["space"].as_str(), plan["dataset"].as_str()), (Some(dataset), Some(dataset)), "{rows}");
        assert!(plan["total"]["gpu_hours"].as_f64().unwrap() > 10.0);
    }
    let trial = ["reproduce", "--profile", "paper", "--max-updates", "3", "--device", "cpu", "--dry-run", "--json"];
    let trial: serde_json::Value = serde_json::from_str(&succeed(root.path(), &trial)).unwrap();
    assert_eq!(trial["jobs"].as_array().unwrap().len(), 5);
    assert!(trial["total"]["gpu_hours"].is_null());
}

#[test]
fn a_plan_of_one_seed_says_what_as_many_take_as_verdicts_need() {
    let root = tempdir().unwrap();
    let paper = ["reproduce", "--profile", "paper", "--track", "mt", "--dry-run"];
    let plan = |more: &[&str]| succeed(root.path(), &[&paper[..], more].concat());
    let parsed = |more: &[&str]| serde_json::from_str::<serde_json::Value>(&plan(more)).unwrap();
    let (one, three) = (parsed(&["--json"]), parsed(&["--json", "--seeds", "3"]));
    assert_eq!(one["for_verdicts"]["seeds"], 3);
    assert_eq!(one["for_verdicts"]["gpu_hours"], three["total"]["gpu_hours"]);
    assert!(three["for_verdicts"].is_null());
    assert!(plan(&[]).contains("is judged by fewer than 3 seeds: --seeds 3 takes"));
}

#[test]
fn an_nvidia_smi_that_hangs_or_fails_is_told_and_the_plan_printed() {
    let root = tempdir().unwrap();
    let plan = |script: &str| {
        let program = root.path().join("nvidia-smi");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", root.path().display(), std::env::var("PATH").unwrap());
        let mut command =
            harness(root.path(), &["reproduce", "--profile", "paper", "--track", "mt", "--dry-run", "--json"]);
        let output = command.env("PATH", path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["warnings"].to_string()
    };
    let failed = plan("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");
    assert!(failed.contains("Driver/library version mismatch") && failed.contains("reboot"), "{failed}");
    let start = Instant::now();
    let hung = plan("exec sleep 3600");
    assert!(hung.contains("did not answer in 10 s") && start.elapsed() < Duration::from_secs(30), "{hung}");
    assert_eq!(plan("exit 0"), "[]");
}
