//! The report: one self-contained page with its tables and plots, computed from a run's records alone.
//!
//! The same records give the same bytes. Nothing from a file reaches a page, table or plot unescaped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::manifest::RunManifest;
use crate::schema::Record;
use crate::store::{read_records, write_atomically};
use crate::{Error, Result};

mod contents;
mod escape;
mod format;
mod model;
mod page;
mod plots;
mod style;
mod summary;
mod tables;
#[cfg(test)]
mod tests;

use model::Report;
use page::{Block, Section};

/// What [`render`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The page.
    pub index: PathBuf,
    /// The result in plain text, for a terminal.
    pub headline: String,
}

/// Renders the run in `run_dir` (`run.toml`, `records.parquet` and, where the rates were tuned, `tune.parquet`) into
/// `report/index.html`, `report/tables/*.{csv,md,tex}` and `report/plots/*.svg`. Works on what a run holds so far:
/// what was not measured is left out or called not available.
///
/// # Errors
/// A file of the run that is missing, damaged or of another version; a run without any finished training; a folder
/// that cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    let report = load(run_dir)?;
    let sections = contents::sections(&report)?;
    let folder = run_dir.join("report");
    write_files(&folder, "tables", table_files(&sections))?;
    write_files(&folder, "plots", plot_files(&sections))?;
    let index = folder.join("index.html");
    write_atomically(&index, page::page(&contents::head(&report), &sections).as_bytes())?;
    Ok(Rendered { index, headline: contents::headline(&report) })
}

/// What a run of `methods` on `corpus` must know of the sweep behind its rates: methods that the sweep left out, a corpus that
/// is not the run's, and schedules of continued training that were never compared. Empty where all is well, or where the records hold no sweep.
pub fn sweep_remarks<'a>(sweep: &[Record], methods: impl IntoIterator<Item = &'a str>, corpus: &str) -> Vec<String> {
    let sweep = model::tuning::Sweep::new(sweep, &model::Facts::default());
    let Some(sweep) = sweep else { return Vec::new() };
    let mut remarks = sweep.remarks(methods, corpus);
    if !sweep.schedules {
        remarks.push(UNTUNED_SCHEDULE.to_owned());
    }
    remarks
}

/// What is said of a sweep that compared no schedules of continued training.
const UNTUNED_SCHEDULE: &str = "the sweep compared no schedules of continued training: that of the run is untuned";

/// Version of `run.toml` that is understood.
const LAYOUT: u32 = 1;

fn load(run_dir: &Path) -> Result<Report> {
    let path = run_dir.join("run.toml");
    let text = fs::read_to_string(&path).map_err(Error::io(&path))?;
    let manifest: RunManifest =
        toml::from_str(&text).map_err(|error| Error::Manifest { path, reason: escape::one_line(error.message()) })?;
    if manifest.schema != LAYOUT {
        let reason = format!("its layout is version {}, this program reads {LAYOUT}", manifest.schema);
        return Err(Error::Manifest { path: run_dir.join("run.toml"), reason });
    }
    let records = read_records(&run_dir.join("records.parquet"))?;
    let tune = run_dir.join("tune.parquet");
    let tune = if tune.exists() { Some(read_records(&tune)?) } else { None };
    Report::new(manifest, &records, tune.as_deref())
}

/// File names and contents of every table.
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

/// File names and contents of every plot.
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
        write_atomically(&folder.join(name), contents.as_bytes())?;
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
