//! The check of a GPU, as far as it can be tried without one.

use mos_e2e::{harness, json};

#[test]
fn without_a_gpu_the_check_says_so_by_its_exit_code_and_its_rehearsal_passes() {
    let root = tempfile::tempdir().unwrap();
    let output = harness(root.path(), &["gpu-check", "--json"]).env("CUDA_VISIBLE_DEVICES", "").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["why"].as_str().unwrap().contains("GPU"), "{document}");

    let report = json(&harness(root.path(), &["gpu-check", "--rehearse", "--json"]).output().unwrap());
    assert_eq!((&report["passed"], &report["rehearsal"]), (&true.into(), &true.into()), "{report}");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 10 && checks.iter().all(|check| check["passed"] == true), "{report}");
    let updates = report["updates"].as_array().unwrap();
    assert_eq!(updates.len(), 2, "one of each track");
    for update in updates {
        assert!(
            update["tokens_per_second"].as_f64().unwrap() > 0.0 && update["operator_calls"].as_u64().unwrap() > 1000
        );
    }
}
