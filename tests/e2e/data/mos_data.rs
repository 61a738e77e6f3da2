//! `mos-data` is started here.

use std::path::Path;
use std::process::{Command, Output};

use mos_e2e::binary;

/// Makes the command `mos-data data ARGS` with a given cache, not yet started.
pub fn mos_data(cache: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(binary("mos-data"));
    command.arg("data").args(args).env("MOS_CACHE", cache);
    command
}

/// Runs `mos-data data ARGS` to its end.
pub fn run(cache: &Path, args: &[&str]) -> Output {
    mos_data(cache, args).output().unwrap()
}
