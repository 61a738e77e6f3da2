//! What is asked of git.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::paths::Paths;

/// Gives the full name of a commit.
pub fn commit(paths: &Paths, name: &str) -> Result<String> {
    ask(&paths.root, &["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])
        .with_context(|| format!("{name} is no commit of this repository (a shallow clone holds the last ones only)"))
}

/// Gives the first letters of a commit's name.
pub fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

/// Refuses changes that no commit holds: a night is of a commit.
pub fn refuse_changes(paths: &Paths) -> Result<()> {
    let changed = ask(&paths.root, &["status", "--porcelain", "--untracked-files=no"])?;
    if let Some(first) = changed.lines().next() {
        bail!("a night is of a commit, and `{}` is in none; commit or stash it first", first.trim());
    }
    Ok(())
}

/// Runs git in a folder and gives what it printed.
pub fn ask(folder: &Path, args: &[&str]) -> Result<String> {
    let said = Command::new("git").current_dir(folder).args(args).output().context("cannot start git")?;
    if !said.status.success() {
        bail!("git {}: {}", args.join(" "), String::from_utf8_lossy(&said.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&said.stdout).trim_end().to_owned())
}
