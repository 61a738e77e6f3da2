//! Starting the real binary in a repository of its own.

use std::path::Path;
use std::process::{Command, Output};

/// `mos-harness` with these arguments, with its runs under `root`.
pub fn harness(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mos-harness"));
    command.args(arguments).env("MOS_ROOT", root);
    command
}

/// Runs it to its end.
pub fn run(root: &Path, arguments: &[&str]) -> Output {
    harness(root, arguments).output().expect("the binary starts")
}

/// Standard output of a call that must succeed.
pub fn succeed(root: &Path, arguments: &[&str]) -> String {
    let output = run(root, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The one line on standard error of a call that must fail, with nothing on standard output.
#[allow(dead_code, reason = "each test file is a program of its own, and not all of them fail on purpose")]
pub fn refuse(root: &Path, arguments: &[&str]) -> String {
    let output = run(root, arguments);
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.trim_end().lines().count(), 1, "not one line: {text}");
    assert!(!text.contains("panicked"), "{text}");
    text
}
