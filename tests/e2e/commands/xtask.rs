//! The real xtask is started on a folder that stands for a repository, with stand-ins for cargo and the binaries.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mos_e2e::binary;
use tempfile::TempDir;

/// This lock is held while a program is written and while a process is started: a process forked in between would hold
/// the program open for writing, and the system would refuse to run it.
static WRITING_OR_FORKING: Mutex<()> = Mutex::new(());

fn finish(command: &mut Command) -> Output {
    let child = {
        let _alone = WRITING_OR_FORKING.lock();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    child.wait_with_output().unwrap()
}

struct Stage {
    folder: TempDir,
}

impl Stage {
    /// Makes a repository whose cargo notes its arguments and fails when a file `fail` is there, and whose mos-reports
    /// tells what it was given.
    fn new() -> Self {
        let stage = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["root/xtask", "target/debug", "target/release", "caller"] {
            fs::create_dir_all(stage.path(folder)).unwrap();
        }
        {
            let _alone = WRITING_OR_FORKING.lock();
            fs::copy(binary("xtask"), stage.path("target/debug/xtask")).unwrap();
        }
        stage.script(
            "cargo",
            "echo \"$@\" >> ../cargo.log; echo building >&2; echo LIBTORCH=$LIBTORCH >&2; test ! -e ../fail",
        );
        for name in ["mos-harness", "mos-plan"] {
            stage.script(&format!("target/release/{name}"), "exit 8");
        }
        stage.script("target/release/mos-reports", "pwd; echo \"$MOS_ROOT\"; printf '[%s]' \"$@\"; exit 7");
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn script(&self, name: &str, body: &str) {
        let _alone = WRITING_OR_FORKING.lock();
        fs::write(self.path(name), format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Gives xtask as cargo starts it, in the caller's folder, with an empty cache and no package index.
    fn xtask(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("target/debug/xtask"));
        command
            .args(arguments)
            .current_dir(self.path("caller"))
            .env("CARGO", self.path("cargo"))
            .env("CARGO_MANIFEST_DIR", self.path("root/xtask"))
            .env("LIBTORCH", self.path("root/.libtorch"))
            .env("MOS_CACHE", self.path("cache"))
            .env("PIP_NO_INDEX", "1")
            .env_remove("PIP_FIND_LINKS")
            .env_remove("LIBTORCH_USE_PYTORCH");
        command
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Gives the one line that tells the error.
fn error_line(output: &Output) -> String {
    let said = text(&output.stderr);
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(lines.len(), 1, "{said}");
    assert!(!said.contains("panicked"), "{said}");
    lines[0].to_string()
}

#[test]
fn a_verb_is_forwarded_with_arguments_folder_root_and_exit_code() {
    let stage = Stage::new();
    let output = finish(&mut stage.xtask(&["gap", "my file.csv", "--scratch", "a", "--supernet", "b"]));
    let expected = format!(
        "{}\n{}\n[gap][my file.csv][--scratch][a][--supernet][b]",
        stage.path("caller").display(),
        stage.path("root").display()
    );
    assert_eq!(text(&output.stdout), expected, "standard output is the binary's alone");
    assert_eq!(output.status.code(), Some(7));
    let built = fs::read_to_string(stage.path("cargo.log")).unwrap();
    assert_eq!(built, "build --release --workspace --bin mos-reports\n");
    assert!(text(&output.stderr).contains("building"), "cargo's output goes to standard error");
    assert!(text(&output.stderr).contains("LIBTORCH=\n"), "cargo must not see its own default as the user's choice");
}

#[test]
fn a_failed_build_is_told_and_nothing_is_started() {
    let stage = Stage::new();
    fs::write(stage.path("fail"), "").unwrap();
    let output = finish(&mut stage.xtask(&["gap", "f.csv", "--scratch", "a", "--supernet", "b"]));
    assert!(error_line(&output).contains("building mos-reports failed"));
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn help_and_bad_flags_need_no_build() {
    let stage = Stage::new();
    let help = finish(&mut stage.xtask(&["reproduce", "--help"]));
    assert!(help.status.success());
    assert!(text(&help.stdout).contains("--profile"));
    let bad = finish(&mut stage.xtask(&["reproduce", "--profil", "quick"]));
    assert_eq!(bad.status.code(), Some(2));
    assert!(text(&bad.stderr).contains("--profile"), "the nearest flag is named");
    assert!(!stage.path("cargo.log").exists());
}

#[test]
fn no_network_and_a_cold_cache_is_one_clear_line() {
    let stage = Stage::new();
    let output = finish(&mut stage.xtask(&["setup", "--cpu"]));
    let line = error_line(&output);
    assert!(line.contains("torch==2.13.0") && line.contains("set LIBTORCH"), "{line}");
    let left: Vec<_> = fs::read_dir(stage.path("cache/libtorch")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, [".lock"], "nothing half-made stays");
    assert!(fs::symlink_metadata(stage.path("root/.libtorch")).is_err());
}

#[test]
fn a_cache_that_cannot_be_made_names_the_way_out() {
    let stage = Stage::new();
    fs::write(stage.path("cache"), "a file in the way").unwrap();
    let output = finish(&mut stage.xtask(&["setup", "--cpu"]));
    assert!(error_line(&output).contains("MOS_CACHE"));
}

#[test]
fn a_libtorch_of_the_users_own_is_used_or_refused_by_name() {
    let stage = Stage::new();
    let own = stage.path("own");
    let run = |own: &Path| finish(stage.xtask(&["setup"]).env("LIBTORCH", own));
    assert!(error_line(&run(&own)).contains(&format!("LIBTORCH={}", own.display())));
    fs::create_dir_all(own.join("include/torch")).unwrap();
    fs::create_dir_all(own.join("lib")).unwrap();
    fs::write(own.join("lib/libtorch_cpu.so"), "").unwrap();
    assert!(run(&own).status.success());
    assert!(!stage.path("cache").exists(), "nothing is installed");
}

#[test]
fn an_audit_has_jobs_made_again_first_and_a_failure_is_no_verdict() {
    let stage = Stage::new();
    let own = stage.path("own");
    fs::create_dir_all(own.join("include/torch")).unwrap();
    fs::create_dir_all(own.join("lib")).unwrap();
    fs::write(own.join("lib/libtorch_cpu.so"), "").unwrap();
    stage.script("target/release/mos-harness", "printf '[%s]' \"$@\" >&2; echo /made/again; test ! -e ../fail-replay");
    let options = ["--replay", "3", "--replay-minutes", "20", "--data", "texts", "--expect-digest", "00", "--json"];
    let run = || finish(stage.xtask(&[&["audit", "run.zip"], &options[..]].concat()).env("LIBTORCH", &own));
    let output = run();
    assert!(text(&output.stderr).contains("[replay][run.zip][--jobs][3][--minutes][20][--data][texts]"));
    let forwarded = "[audit][run.zip][--replayed][/made/again][--expect-digest][00][--json]";
    assert!(text(&output.stdout).ends_with(forwarded), "{}", text(&output.stdout));
    assert_eq!(output.status.code(), Some(7), "the audit's own");
    fs::write(stage.path("fail-replay"), "").unwrap();
    let output = run();
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    assert!(text(&output.stderr).contains("error: the jobs could not be made again"));
}

#[test]
fn doctor_names_what_is_missing_and_the_command_that_mends_it() {
    let stage = Stage::new();
    symlink(stage.path("nowhere"), stage.path("root/.libtorch")).unwrap();
    let output = finish(&mut stage.xtask(&["doctor", "--json"]));
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    assert_eq!(findings["ok"], false);
    assert_eq!(output.status.code(), Some(1));
    let checks = findings["checks"].as_array().unwrap();
    let libtorch = checks.iter().find(|check| check["name"] == "libtorch").unwrap();
    assert_eq!((&libtorch["status"], &libtorch["fix"]), (&"missing".into(), &"cargo xtask setup".into()));
    let people = text(&finish(&mut stage.xtask(&["doctor"])).stdout);
    assert!(people.contains("MISSING  libtorch") && people.contains("-> cargo xtask setup"), "{people}");
}

/// Gives the details of a check of `doctor`, and whether all is well, where these programs come first on the path.
fn doctor(stage: &Stage, bin: &str, check: &str, more: &[(&str, &Path)]) -> (String, bool) {
    let path = format!("{}:{}", stage.path(bin).display(), std::env::var("PATH").unwrap());
    let mut command = stage.xtask(&["doctor", "--json"]);
    let output = finish(command.env("PATH", path).env_remove("VIRTUAL_ENV").envs(more.iter().copied()));
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    let checks = findings["checks"].as_array().unwrap();
    let found = checks.iter().find(|found| found["name"] == check).unwrap();
    assert_eq!(output.status.success(), findings["ok"].as_bool().unwrap());
    (found["detail"].as_str().unwrap().to_string(), found["status"] == "ok")
}

#[test]
fn an_nvidia_smi_that_fails_or_hangs_is_told_in_its_own_words() {
    let stage = Stage::new();
    let gpu = |script: &str| {
        fs::create_dir_all(stage.path("bin")).unwrap();
        stage.script("bin/nvidia-smi", script);
        doctor(&stage, "bin", "GPU", &[]).0
    };
    let mismatch = gpu("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");
    assert!(mismatch.contains("none used: nvidia-smi fails: Failed to initialize NVML") && mismatch.contains("reboot"));
    let banner = "| NVIDIA-SMI 470.182.03   Driver Version: 470.182.03   CUDA Version: 11.4 |";
    let old = gpu(&format!(
        "case \"$*\" in *compute_cap*) echo 'Field \"compute_cap\" is not a valid field to query.'; exit 2;; \
         *) echo '{banner}';; esac"
    ));
    assert!(
        old.contains("driver 470.182.03 supports CUDA 11.4")
            && old.contains("Field \"compute_cap\" is not a valid field"),
        "{old}"
    );
    let start = Instant::now();
    let hung = gpu("exec sleep 3600");
    assert!(hung.contains("nvidia-smi did not answer in 10 s"), "{hung}");
    assert!(start.elapsed() < Duration::from_secs(25), "one question is enough");
    let banner = "| Driver Version: 580.65.06   CUDA Version: 13.0 |";
    let mixed = gpu(&format!(
        "case \"$*\" in *compute_cap*) echo 'Tesla V100, 580.65.06, 7.0'; echo 'NVIDIA H100, 580.65.06, 9.0';; \
         *) echo '{banner}';; esac"
    ));
    assert!(mixed.starts_with("NVIDIA H100") && mixed.contains("CUDA_VISIBLE_DEVICES=1"), "{mixed}");
}

#[test]
fn doctor_and_setup_refuse_a_torch_of_another_version_and_a_python_without_torch() {
    let stage = Stage::new();
    let torch = stage.path("site-packages/torch");
    for folder in ["include/torch", "lib"] {
        fs::create_dir_all(torch.join(folder)).unwrap();
    }
    fs::write(torch.join("lib/libtorch_cpu.so"), "").unwrap();
    fs::write(torch.join("version.py"), "__version__ = '2.4.1+cu121'\n").unwrap();
    let (detail, ok) = doctor(&stage, "bin", "libtorch", &[("LIBTORCH", torch.as_path())]);
    assert!(!ok && detail.contains("is libtorch 2.4.1+cu121, not"), "{detail}");
    let setup = finish(stage.xtask(&["setup"]).env("LIBTORCH", &torch));
    assert!(error_line(&setup).contains("2.4.1+cu121"));

    fs::create_dir_all(stage.path("bin")).unwrap();
    let python = [("LIBTORCH_USE_PYTORCH", Path::new("1"))];
    stage.script("bin/python3", "echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1");
    let (detail, ok) = doctor(&stage, "bin", "libtorch", &python);
    assert!(!ok && detail.contains("LIBTORCH_USE_PYTORCH") && detail.contains("`python3` has no torch"), "{detail}");
    stage.script("bin/python3", &format!("echo {}", torch.display()));
    let (detail, ok) = doctor(&stage, "bin", "libtorch", &python);
    assert!(!ok && detail.contains("2.4.1+cu121"), "{detail}");
}

#[test]
fn a_vendors_constraints_do_not_reach_pip() {
    let stage = Stage::new();
    fs::create_dir_all(stage.path("bin")).unwrap();
    stage.script("bin/python3", "echo \"ERROR: constraint=$PIP_CONSTRAINT quiet=$PIP_QUIET\" >&2; exit 1");
    let path = format!("{}:{}", stage.path("bin").display(), std::env::var("PATH").unwrap());
    let mut setup = stage.xtask(&["setup", "--cpu"]);
    let output = finish(setup.env("PATH", path).env("PIP_CONSTRAINT", "/vendor.txt").env("PIP_QUIET", "3"));
    let line = error_line(&output);
    assert!(line.contains("constraint=/dev/null quiet= (PIP_NO_INDEX is set"), "{line}");
}

#[test]
fn test_runs_every_step_and_fails_if_one_fails() {
    let stage = Stage::new();
    let torch = stage.path("torch");
    for folder in ["include/torch", "lib"] {
        fs::create_dir_all(torch.join(folder)).unwrap();
    }
    fs::write(torch.join("lib/libtorch_cpu.so"), "").unwrap();
    let run = || finish(stage.xtask(&["test"]).env("LIBTORCH", &torch));
    let passed = run();
    assert!(passed.status.success(), "{}", text(&passed.stderr));
    let steps = fs::read_to_string(stage.path("cargo.log")).unwrap();
    for step in ["fmt --all --check", "clippy", "doc", "build", "test --release --workspace", "deny check"] {
        assert!(steps.lines().any(|line| line.starts_with(step)), "{step} is not in:\n{steps}");
    }
    stage.script("cargo", "test \"$1\" != deny && test \"$1\" != clippy");
    let failed = run();
    assert_eq!(failed.status.code(), Some(1));
    let summary = text(&failed.stderr);
    assert!(summary.contains("FAILED  lints") && summary.contains("passed  tests"), "{summary}");
    assert!(summary.contains("LEFT OUT  licences"), "{summary}");
}
