//! `cargo xtask regress` is answered by mos-reports, which knows commits by their names alone: any other reference is looked up
//! here.

use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cli::reports_cli::RegressArgs;
use crate::forward::{self, Target};
use crate::git;
use crate::paths::Paths;

/// The option that takes a reference.
const AGAINST: &str = "--against";

/// Judges a history. What could not be judged is told apart from a regression.
pub fn run(paths: &Paths, args: &RegressArgs) -> ExitCode {
    regress(paths, args).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn regress(paths: &Paths, args: &RegressArgs) -> Result<ExitCode> {
    let mut regress = forward::prepare(paths, Target::Reports)?;
    let commit = args.against.as_ref().and_then(|name| git::commit(paths, name).ok());
    regress.args(resolved(env::args_os().skip(1), commit));
    Err(regress.exec()).context("cannot start mos-reports")
}

/// Puts the commit in the place of the reference; what git does not know stays as it is.
fn resolved(given: impl Iterator<Item = OsString>, commit: Option<String>) -> Vec<OsString> {
    let mut given: Vec<OsString> = given.collect();
    let Some(commit) = commit else { return given };
    let joined = |arg: &OsString| arg.to_str().is_some_and(|arg| arg.starts_with(&format!("{AGAINST}=")));
    if let Some(at) = given.iter().position(|arg| arg == AGAINST) {
        given[at + 1] = commit.into();
    } else if let Some(at) = given.iter().position(joined) {
        given[at] = format!("{AGAINST}={commit}").into();
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_becomes_a_commit_in_either_form() {
        let of = |given: &[&str], commit: Option<&str>| {
            let given = given.iter().map(OsString::from);
            let resolved = resolved(given, commit.map(str::to_owned));
            resolved.into_iter().map(|arg| arg.into_string().unwrap()).collect::<Vec<_>>()
        };
        let commit = Some("1a2b");
        assert_eq!(of(&["regress", "--against", "main", "--json"], commit), ["regress", "--against", "1a2b", "--json"]);
        assert_eq!(of(&["regress", "--against=main"], commit), ["regress", "--against=1a2b"]);
        assert_eq!(of(&["regress", "--against", "ba5e"], None), ["regress", "--against", "ba5e"]);
    }
}
