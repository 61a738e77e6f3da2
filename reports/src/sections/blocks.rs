//! Tables and plots become blocks of a section here, each with the commands that made it.

use mos_plan::files::manifest::RunManifest;

use super::report::Report;
use crate::page::block::{Block, COMMAND_JOINT};
use crate::page::plot::Plot;
use crate::page::table::Table;

/// Gives the commands behind a table: the one that measured and the one that rendered.
fn made_by(manifest: &RunManifest, command: &str) -> String {
    format!("{command}{COMMAND_JOINT}cargo xtask report {}", manifest.name)
}

/// Makes a block of a table of the run's numbers.
pub fn table(report: &Report, mut table: Table) -> Block {
    let (manifest, facts) = (&report.run.manifest, &report.run.facts);
    table.name_jobs(|method| {
        facts.seeds_of(method).into_iter().flat_map(|seed| facts.job_ids(method, seed)).map(str::to_owned).collect()
    });
    Block::Table(table, made_by(manifest, &manifest.command))
}

/// Makes a block of a table, or of a sentence that says what is not there.
pub fn table_or(report: &Report, shown: Option<Table>, absent: &str) -> Block {
    shown.map_or_else(|| Block::Prose(absent.to_owned()), |shown| table(report, shown))
}

/// Makes a block of a plot of the run's numbers.
pub fn plot(report: &Report, plot: Plot) -> Block {
    let manifest = &report.run.manifest;
    Block::Plot(plot, made_by(manifest, &manifest.command))
}

/// Makes a block of a plot, or of a sentence that says what is not there.
pub fn plot_or(report: &Report, shown: Option<Plot>, absent: &str) -> Block {
    shown.map_or_else(|| Block::Prose(absent.to_owned()), |shown| plot(report, shown))
}

/// Gives the commands behind what is shown of the sweep.
pub fn tuned_by(report: &Report) -> String {
    let manifest = &report.run.manifest;
    let command = manifest.tuning.as_ref().map_or(&manifest.command, |tuning| &tuning.command);
    made_by(manifest, command)
}
