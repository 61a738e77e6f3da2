//! `mos-plan` says what can be known of a run before it is made, without libtorch. `cargo xtask` starts it.

mod verbs;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use mos_base::text::one_line;
use mos_plan::cli::{ArchArgs, ReproduceArgs};

/// Prints plans of runs, and what is known of architectures.
#[derive(Debug, Parser)]
#[command(name = "mos-plan", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the job graph of a run with estimated time, memory and disk (`--dry-run`).
    Reproduce(Box<ReproduceArgs>),
    /// Print parameters, FLOPs and router features of architectures.
    Arch(ArchArgs),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", one_line(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Reproduce(args) => verbs::reproduce::run(&args),
        Command::Arch(args) => verbs::arch::run(&args),
    }
}
