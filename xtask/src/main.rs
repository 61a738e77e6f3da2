//! `cargo xtask <verb>` is the one door of the repository.
//!
//! Its own verbs set the machine up and run the checks; every other verb belongs to one of the binaries, which is
//! built when it is out of date and then takes this process's place. The binaries' clap definitions are included as
//! source files, so that `--help` teaches and bad flags are refused without building anything.

mod audit;
mod bench;
mod cargo;
mod cli;
mod doctor;
mod forward;
mod git;
mod gpu;
mod libtorch;
mod nightly;
mod paths;
mod progress;
mod regress;
mod test;

use std::process::ExitCode;

use clap::Parser;
use cli::{CiVerb, Cli, Verb, reports_cli};
use paths::Paths;

fn main() -> ExitCode {
    match run(Cli::parse().verb) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    let paths = Paths::find()?;
    match verb {
        Verb::Setup(args) => libtorch::setup(&paths, &args),
        Verb::Doctor(args) => doctor::run(&paths, &args),
        Verb::Test => test::run(&paths),
        Verb::Ci(CiVerb::Nightly(args)) => Ok(nightly::run(&paths, &args)),
        Verb::Bench(args) => bench::run(&paths, &args),
        Verb::Harness(command) => forward::run(&paths, forward::of_harness(&command)),
        Verb::Reports(reports_cli::Command::Audit(args)) => Ok(audit::run(&paths, &args)),
        Verb::Reports(reports_cli::Command::Regress(args)) => Ok(regress::run(&paths, &args)),
        Verb::Reports(_) => forward::run(&paths, forward::Target::Reports),
        Verb::Data(_) => forward::run(&paths, forward::Target::Data),
    }
}
