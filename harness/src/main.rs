//! `mos-harness`: plans, trains, measures. Started by `cargo xtask`, which sets libtorch up first.

mod arch;
mod archs;
mod bench_pair;
mod cli;
mod dryrun;
mod estimate;
mod executor;
mod experiment;
mod export;
mod files;
mod interrupt;
mod latency_predictor;
mod lock;
mod machine;
mod names;
mod overhead;
mod plan;
mod profile;
mod rates;
mod records;
mod reproduce;
mod runs;
mod schedule;
mod session;
mod spec;
mod status;
mod store;
mod tune;
mod tuned_file;
mod ui;
mod work;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use cli::Command;

/// Trains translation supernets and from-scratch subnets on real data and measures the gap between them.
#[derive(Debug, Parser)]
#[command(name = "mos-harness", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {}", names::one_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<u8> {
    if !matches!(command, Command::Worker(_)) {
        end_quietly_on_closed_pipes();
    }
    match command {
        Command::Worker(args) => return worker::run(&args),
        Command::Arch(args) => arch::run(&args)?,
        Command::LatencyPredictor(args) => latency_predictor::run(&args)?,
        Command::BenchPair(args) => return bench_pair::run(&args),
        Command::Reproduce(args) => return reproduce::run(&store::find_root()?, &args),
        Command::Tune(args) => return tune::run(&store::find_root()?, &args),
        Command::Status(args) => status::run(&store::find_root()?, &args)?,
        Command::Runs(args) => runs::run(&store::find_root()?, &args.command)?,
        Command::Export(args) => export::run(&store::find_root()?, &args)?,
    }
    Ok(0)
}

/// `cargo xtask status | head` shall end like any other tool, not with a panic of `println!`. A worker keeps Rust's
/// way: it has to save its progress when its parent is gone.
fn end_quietly_on_closed_pipes() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the default disposition runs no code of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}
