//! `mos-harness` trains and measures. `cargo xtask` sets libtorch up and starts it.

mod executor;
mod run;
mod system;
mod tracks;
mod verbs;
mod worker;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use mos_base::text::one_line;
use mos_plan::cli::Command;
use mos_plan::files::folder::find_root;

/// Trains supernets and from-scratch subnets on real data and measures the gap between them.
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
            eprintln!("error: {}", one_line(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<u8> {
    system::machine::require_libtorch()?;
    if !matches!(command, Command::Worker(_)) {
        end_quietly_on_closed_pipes();
    }
    match command {
        Command::Worker(args) => return worker::process::run(&args, tracks::dispatch::run),
        Command::LatencyPredictor(args) => verbs::latency_predictor::run(&args)?,
        Command::Latency(args) => verbs::latency::run(&args)?,
        Command::Search(args) => return verbs::search::run(&find_root()?, &args),
        Command::Arch(_) => bail!("`mos-plan` answers this without libtorch: `cargo xtask arch`"),
        Command::BenchPair(args) => verbs::bench_pair::run(&args)?,
        Command::BenchUpdates(args) => verbs::bench_updates::run(&args)?,
        Command::GpuCheck(args) => return verbs::gpu_check::run(&find_root()?, &args),
        Command::Replay(args) => return verbs::replay::run(&find_root()?, &args),
        Command::Reproduce(args) => return verbs::reproduce::run(&find_root()?, &args),
        Command::Tune(args) => return verbs::tune::run(&find_root()?, &args),
        Command::Status(args) => verbs::status::run(&find_root()?, &args)?,
        Command::Runs(args) => verbs::runs::run(&find_root()?, &args.command)?,
        Command::Export(args) => verbs::export::run(&find_root()?, &args)?,
    }
    Ok(0)
}

/// Lets `cargo xtask status | head` end like any other tool, not with a panic of `println!`. A worker keeps Rust's way,
/// because it has to save its progress when its parent is gone.
fn end_quietly_on_closed_pipes() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the default disposition runs no code of ours.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}
