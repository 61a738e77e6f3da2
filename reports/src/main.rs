//! `mos-reports`: everything after training, as a command. Needs no libtorch.

mod cli;
mod locate;
mod score;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use mos_reports::gap::{self, Request};
use mos_reports::render;
use mos_reports::stats::{Direction, Settings};

use cli::{Command, GapArgs, ReportArgs};

/// Reports, gaps and scores; called through `cargo xtask`.
#[derive(Parser)]
#[command(name = "mos-reports", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let output = match Cli::parse().command {
        Command::Report(args) => report(&args),
        Command::Gap(args) => measure_gap(&args),
        Command::Score(args) => score::score(&args),
    };
    match output.and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes to standard output; a reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

fn report(args: &ReportArgs) -> Result<String> {
    let folder = locate::run_folder(args.run.as_deref())?;
    let rendered = render::render(&folder)?;
    if args.json {
        json(&serde_json::json!({ "run": folder, "report": rendered.index }))
    } else {
        Ok(format!("{}\n\nReport: {}\n", rendered.headline.trim_end(), rendered.index.display()))
    }
}

fn measure_gap(args: &GapArgs) -> Result<String> {
    let direction = if args.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
    let request = Request {
        scratch: args.scratch.clone(),
        supernets: args.supernet.clone(),
        groups: args.group.clone(),
        direction,
        settings: Settings::new(args.seed),
    };
    let gaps = gap::measure(&args.file, &request)?;
    if args.json { json(&gaps) } else { Ok(gap::to_text(&gaps, &request)) }
}

/// One JSON document, with a final line end.
fn json(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
