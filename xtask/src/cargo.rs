//! Cargo is called here to build what plain `cargo build` in the repository would build, no more and no less.

use std::env;
use std::process::Command;

use anyhow::{Result, bail};

use crate::libtorch::user;
use crate::paths::Paths;
use crate::progress;

/// Makes a cargo command in the repository's root, with the environment that the user gave.
pub fn command(paths: &Paths) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&paths.root);
    // `cargo run` hands its own view of the xtask package to this process. Left there, it would make build scripts
    // that watch these variables see a change, and a plain `cargo build` would build libtorch's wrapper again.
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|p| name_text.starts_with(p)) {
            command.env_remove(&name);
        }
    }
    if user::variable(&paths.root).is_none() {
        command.env_remove("LIBTORCH");
    }
    command
}

/// Builds binaries, and tells progress on standard error.
pub fn build(paths: &Paths, binaries: &[&str]) -> Result<()> {
    // The flag is `--workspace` although a few binaries are wanted: features of shared dependencies are then resolved
    // over all packages, as in `cargo test`, so that one set of compiled dependencies serves every verb. Only what the
    // named binaries need is compiled: mos-plan, mos-reports and mos-data still build without libtorch.
    let mut cargo = command(paths);
    cargo.args(["build", "--release", "--workspace"]);
    for binary in binaries {
        cargo.args(["--bin", binary]);
    }
    let what = binaries.join(" and ");
    if !progress::watch(cargo, &what)?.success() {
        bail!("building {what} failed; the compiler's message stands above");
    }
    Ok(())
}
