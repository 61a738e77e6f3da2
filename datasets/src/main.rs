//! `mos-data` offers corpora on the command line. `cargo xtask data ...` calls it.

mod commands;

use clap::Parser;
use mos_datasets::cli::Command;
use std::io::Write;
use std::process::ExitCode;

/// Corpora for the MoS harness.
#[derive(Parser)]
#[command(name = "mos-data", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let Command::Data { action } = Cli::parse().command;
    match commands::run(&action).and_then(|output| print(&output.text).map(|()| output.good)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard output; a reader that has gone (`| head`) is no error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}
