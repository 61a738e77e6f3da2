//! On a machine that has no libtorch: plans, architectures, reports, gaps, scores and every help text are answered, by
//! binaries that build without libtorch, and none is provided for them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

use mos_e2e::{binary, json, repository, stderr};
use tempfile::TempDir;

/// This stands for a machine: the repository without `.libtorch`, an empty cache, and a cargo that notes what is to be
/// built. The binaries are there already.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine { folder: tempfile::tempdir().unwrap() };
        for folder in ["repository/runs/cpu", "target/debug", "target/release"] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        for entry in fs::read_dir(repository()).unwrap() {
            let entry = entry.unwrap();
            if ![".libtorch", "target", "runs", ".git"].iter().any(|other| entry.file_name() == *other) {
                symlink(entry.path(), machine.path("repository").join(entry.file_name())).unwrap();
            }
        }
        for file in ["run.toml", "records.parquet", "tune.parquet"] {
            let recorded = repository().join("reports/recorded/cpu").join(file);
            fs::copy(recorded, machine.path("repository/runs/cpu").join(file)).unwrap();
        }
        fs::copy(binary("xtask"), machine.path("target/debug/xtask")).unwrap();
        for name in ["mos-plan", "mos-reports", "mos-data"] {
            symlink(binary(name), machine.path("target/release").join(name)).unwrap();
        }
        let cargo = machine.path("cargo");
        fs::write(&cargo, format!("#!/bin/sh\necho \"$@\" >> {}\n", machine.path("cargo.log").display())).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn xtask(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.path("target/debug/xtask"));
        command
            .args(arguments)
            .current_dir(self.path("repository"))
            .env("CARGO", self.path("cargo"))
            .env("CARGO_MANIFEST_DIR", self.path("repository/xtask"))
            .env("MOS_CACHE", self.path("cache"))
            .env("PIP_NO_INDEX", "1");
        for name in ["LIBTORCH", "LIBTORCH_USE_PYTORCH", "LD_LIBRARY_PATH", "PIP_FIND_LINKS"] {
            command.env_remove(name);
        }
        command.output().unwrap()
    }

    fn answer(&self, arguments: &[&str]) -> String {
        let output = self.xtask(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn what_needs_no_libtorch_is_answered_without_it() {
    let machine = Machine::new();
    // A run that isn't there yet: of the recorded one the ids are known.
    let plan = ["reproduce", "--profile", "cpu", "--track", "mt", "--run", "new", "--dry-run", "--json"];
    let plan = json(&machine.xtask(&plan));
    let jobs = plan["jobs"].as_array().unwrap();
    assert!(jobs.len() > 20);
    assert!(jobs.iter().all(|job| job["id"].is_null()), "without the corpus no id is known");
    let plans = json(&machine.xtask(&["reproduce", "--dry-run", "--json"]));
    let plans = plans["runs"].as_array().unwrap();
    assert_eq!([&plans[0]["track"], &plans[1]["track"]], ["mt", "bert"]);
    for plan in plans {
        assert!(plan["jobs"].as_array().unwrap().iter().all(|job| job["id"].is_null()));
    }
    assert!(machine.answer(&["reproduce", "--dry-run"]).contains("not yet known"));
    let configs = "baselines/spaces/fixtures/published/hat_configs.json";
    assert!(machine.answer(&["arch", configs, "--space", "wmt14-en-de"]).contains("parameters"));
    assert!(machine.answer(&["report", "cpu"]).contains("Supernet against scratch: run cpu"));
    let table = "reports/fixtures/published/mos_supernet_vs_scratch_wmt14ende.csv";
    let gap = ["gap", table, "--scratch", "scratch_test_BLEU", "--supernet", "HAT_test_BLEU"];
    assert!(machine.answer(&gap).contains("HAT_test_BLEU"));
    for name in ["hyp", "ref"] {
        fs::write(machine.path(name), "Das Haus ist sehr alt.\n").unwrap();
    }
    let score = ["score", "--hyp", "../hyp", "--ref", "../ref"];
    assert!(machine.answer(&score).contains("100.00"));
    let help = machine.answer(&["--help"]);
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A longer indent is a line of a verb's description.
    let verb = |line: &'_ str| Some(line.strip_prefix("  ")?.split(' ').next()?.to_string()).filter(|v| !v.is_empty());
    let verbs: Vec<String> = verbs.filter_map(verb).collect();
    assert!(verbs.len() > 12, "{help}");
    for verb in verbs.iter().filter(|verb| *verb != "help") {
        assert!(machine.answer(&[verb, "--help"]).contains("Usage:"), "{verb}");
    }

    assert!(fs::symlink_metadata(machine.path("repository/.libtorch")).is_err(), "libtorch was linked");
    assert!(!machine.path("cache/libtorch").exists(), "libtorch was provided");
    let built = fs::read_to_string(machine.path("cargo.log")).unwrap();
    let expected = ["mos-plan", "mos-reports"].map(|bin| format!("build --release --workspace --bin {bin}"));
    assert!(built.lines().all(|line| expected.iter().any(|one| line == one)), "{built}");
}

/// The real cargo says what the build of these binaries comprises.
#[test]
fn the_binaries_that_answer_build_without_libtorch() {
    for package in ["mos-plan-cli", "mos-reports", "mos-datasets", "xtask"] {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut tree = Command::new(cargo);
        tree.args(["tree", "--offline", "--prefix", "none", "--edges", "normal,build", "--package", package]);
        let output = tree.current_dir(repository()).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let crates = String::from_utf8(output.stdout).unwrap();
        assert!(crates.lines().count() > 10);
        let torch: Vec<&str> =
            crates.lines().filter(|line| line.contains("torch") || line.starts_with("tch ")).collect();
        assert!(torch.is_empty(), "{package} builds {torch:?}");
    }
}
