//! `mos-data`: corpora from the command line. Called by `cargo xtask data ...`.

mod commands;

use clap::Parser;
use mos_datasets::cli::{Command, Data};
use std::io::Write;
use std::process::ExitCode;

/// Corpora for the MoS harness.
#[derive(Parser)]
#[command(name = "mos-data", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a command prints on standard output, and whether all was well.
struct Output {
    text: String,
    good: bool,
}

fn main() -> ExitCode {
    let Command::Data { action } = Cli::parse().command;
    let result = match &action {
        Data::List(args) => commands::list::run(args),
        Data::Fetch(args) => commands::fetch::run(args),
        Data::Verify(args) => commands::verify::run(args),
        Data::Pin(args) => commands::pin::run(args),
        Data::Show(args) => commands::show::run(args),
    };
    match result.and_then(|output| print(&output.text).map(|()| output.good)) {
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

/// Progress goes to standard error, a line a step.
fn progress(line: &str) {
    eprintln!("data: {line}");
}
