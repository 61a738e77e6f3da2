//! `mos-reports` does everything after training, as a command. It needs no libtorch.

mod cli;
mod verbs;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use cli::Command;
use verbs::Output;

/// Reports, gaps and scores; called through `cargo xtask`.
#[derive(Parser)]
#[command(name = "mos-reports", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    // A history that can't be read is no regression, and a run that can't be audited has no warning: CI has to tell them apart.
    let has_verdict = matches!(command, Command::Regress(_) | Command::Audit(_));
    let failure = if has_verdict { ExitCode::from(2) } else { ExitCode::FAILURE };
    let output = match command {
        Command::Audit(args) => verbs::audit(&args),
        Command::Report(args) => verbs::report(&args),
        Command::Gap(args) => verbs::gap(&args).map(Output::from),
        Command::Bundle(args) => verbs::bundle(&args).map(Output::from),
        Command::Compare(args) => verbs::compare(&args).map(Output::from),
        Command::Import(args) => verbs::import(&args).map(Output::from),
        Command::Night(args) => verbs::night(&args).map(Output::from),
        Command::Regress(args) => verbs::regress(&args),
        Command::Score(args) => verbs::score(&args).map(Output::from),
    };
    let printed = output.and_then(|output| {
        print(&output.text)?;
        output.trouble.map_or(Ok(output.code), Err)
    });
    match printed {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("error: {error:#}");
            failure
        }
    }
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}
