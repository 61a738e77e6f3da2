//! The report of a run is one self-contained page with its tables and plots, computed from the run's records alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mos_base::files::write_atomic;
use mos_plan::files::folder::REPORT;

use crate::error::{Error, Result};
use crate::page::block::{Block, Section};
use crate::page::html;
use crate::run::load;
use crate::sections::contents;
use crate::sections::report::Report;

/// This names what [`render`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The path of the page.
    pub index: PathBuf,
    /// The result in plain text, for a terminal.
    pub headline: String,
}

/// Renders the run in `run_dir` (`run.toml`, `records.parquet` and, where the rates were tuned, `tune.parquet`) into
/// `report/index.html`, `report/tables/*.{csv,md,tex}` and `report/plots/*.svg`. It works on what a run holds so far:
/// what was not measured is left out or called not available.
///
/// # Errors
/// This fails when a file of the run is missing, damaged or of a newer version, when the run has no finished training,
/// and when a folder cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    let (run, sweep) = load(run_dir)?;
    let report = Report::new(run, sweep.as_deref())?;
    let sections = contents::sections(&report)?;
    let folder = run_dir.join(REPORT);
    write_files(&folder, "tables", table_files(&sections))?;
    write_files(&folder, "plots", plot_files(&sections))?;
    let index = folder.join("index.html");
    write(&index, &html::page(&contents::head(&report), &sections))?;
    Ok(Rendered { index, headline: contents::headline(&report) })
}

/// Gives the file names and contents of every table.
fn table_files(sections: &[Section]) -> Vec<(String, String)> {
    let tables = sections.iter().flat_map(|s| &s.blocks).filter_map(|block| match block {
        Block::Table(table, command) => Some((table, command)),
        _ => None,
    });
    tables
        .flat_map(|(table, command)| {
            [
                (format!("{}.csv", table.id), table.csv()),
                (format!("{}.md", table.id), table.markdown(command)),
                (format!("{}.tex", table.id), table.latex(command)),
            ]
        })
        .collect()
}

/// Gives the file names and contents of every plot.
fn plot_files(sections: &[Section]) -> Vec<(String, String)> {
    let plots = sections.iter().flat_map(|s| &s.blocks).filter_map(|block| match block {
        Block::Plot(plot, command) => Some((format!("{}.svg", plot.id), plot.standalone(command))),
        _ => None,
    });
    plots.collect()
}

/// Writes the files of one kind and removes those of an earlier report that this one does not have.
fn write_files(report: &Path, kind: &str, files: Vec<(String, String)>) -> Result<()> {
    let folder = report.join(kind);
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    for (name, contents) in &files {
        write(&folder.join(name), contents)?;
    }
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for entry in fs::read_dir(&folder).map_err(Error::io(&folder))?.flatten() {
        let path = entry.path();
        let ours = path.extension().is_some_and(|e| ["csv", "md", "tex", "svg"].iter().any(|known| e == *known));
        if ours && !entry.file_name().to_str().is_some_and(|name| names.contains(name)) {
            fs::remove_file(&path).map_err(Error::io(&path))?;
        }
    }
    Ok(())
}

fn write(path: &Path, contents: &str) -> Result<()> {
    write_atomic(path, contents.as_bytes()).map_err(Error::io(path))
}
