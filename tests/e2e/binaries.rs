//! The binaries as `cargo build --release --workspace --bins` left them, beside this test.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A binary of the workspace.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let folder = test.parent().and_then(Path::parent).expect("target/release/deps");
    let path = folder.join(name);
    assert!(path.exists(), "{name} is not built; run `cargo xtask test`, or build the binaries first");
    path
}

/// `mos-harness` with these arguments, with its runs under `root`.
pub fn harness(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("mos-harness"));
    command.args(arguments).env("MOS_ROOT", root);
    command
}

/// Standard output of a call of `mos-harness` that must succeed.
pub fn succeed(root: &Path, arguments: &[&str]) -> String {
    let output = harness(root, arguments).output().expect("the binary starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
