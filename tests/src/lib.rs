//! The end-to-end tests share this: starting the binaries as a user does, in a repository of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Gives the root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the repository").to_path_buf()
}

/// Gives a binary of the workspace, as `cargo build --release --workspace --bins` left it beside the running test.
///
/// # Panics
/// This panics when it is not built.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let folder = test.parent().and_then(Path::parent).expect("target/release/deps");
    let path = folder.join(name);
    assert!(path.exists(), "{name} is not built; run `cargo xtask test`, or build the binaries first");
    path
}

/// Makes the command of a program of the harness with these arguments, with its runs under `root`.
pub fn program(name: &str, root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary(name));
    command.args(arguments).env("MOS_ROOT", root);
    command
}

/// Makes the command of the binary that `cargo xtask` forwards these arguments to: what needs no libtorch is answered
/// without it.
pub fn harness(root: &Path, arguments: &[&str]) -> Command {
    let planned = arguments.first() == Some(&"arch") || arguments.contains(&"--dry-run");
    program(if planned { "mos-plan" } else { "mos-harness" }, root, arguments)
}

/// Gives the standard output of a command that must succeed.
///
/// # Panics
/// This panics when it fails.
pub fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("the binary starts");
    assert!(output.status.success(), "{command:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).expect("text")
}

/// Gives the standard output of a call of the harness that must succeed.
///
/// # Panics
/// This panics when it fails.
pub fn succeed(root: &Path, arguments: &[&str]) -> String {
    output_of(&mut harness(root, arguments))
}

/// Gives the one line on standard error of a call of the harness that must fail, with nothing on standard output.
///
/// # Panics
/// This panics when it succeeds, or says more or less than one line.
pub fn refuse(root: &Path, arguments: &[&str]) -> String {
    let output = harness(root, arguments).output().expect("the binary starts");
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result");
    let text = stderr(&output);
    assert_eq!(text.trim_end().lines().count(), 1, "not one line: {text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}

/// Gives standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Audits a run, and gives the document.
///
/// # Panics
/// This panics when anything above a note is found.
pub fn audit_clean(run: &Path) -> serde_json::Value {
    let root = run.parent().expect("a run lies in a folder");
    let arguments = ["audit", run.to_str().expect("text"), "--json"];
    let output = program("mos-reports", root, &arguments).output().expect("the binary starts");
    let document: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let rules = document["rules"].as_array().expect("rules");
    let grave: Vec<_> =
        rules.iter().filter(|rule| ["error", "warning"].contains(&rule["severity"].as_str().unwrap_or(""))).collect();
    assert!(grave.is_empty() && output.status.code() == Some(0), "{}: {grave:#?}", run.display());
    document
}

/// Gives the standard output of a command that has succeeded, as one JSON document.
///
/// # Panics
/// This panics when it failed, or printed something else.
pub fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}
