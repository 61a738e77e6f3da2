//! The report of a run is one self-contained page with its tables and plots, computed from the run's records alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mos_base::files::write_atomic;
use mos_plan::files::folder::{MANIFEST, REPORT};

use crate::error::{Error, Result};
use crate::page::block::Block;
use crate::page::html::{self, Part};
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

/// A report before it is written.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The result in plain text, for a terminal.
    pub headline: String,
    page: String,
    /// The title of the first run, and what a page has of it where it stands beside others.
    first: (String, [String; 2]),
    /// Runs of the same call that were not at hand.
    absent: Vec<String>,
    tables: Files,
    plots: Files,
}

/// Names of files and their contents.
type Files = Vec<(String, String)>;

/// Renders the run in `run_dir` (`run.toml`, `records.parquet` and, where the rates were tuned, `tune.parquet`) into
/// `report/index.html`, `report/tables/*.{csv,md,tex}` and `report/plots/*.svg`. It works on what a run holds so far:
/// what was not measured is left out or called not available.
///
/// # Errors
/// This fails when a file of the run is missing, damaged or of a newer version, when the run has no finished training,
/// and when a folder cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    let drawn = draw(run_dir)?;
    let index = drawn.write(&run_dir.join(REPORT), true)?;
    Ok(Rendered { index, headline: drawn.headline })
}

/// Draws the report of the run in `run_dir`, and writes nothing: the run may be one that nobody may write to.
///
/// # Errors
/// This fails when a file of the run is missing, damaged or of a newer version, and when the run has no finished
/// training.
///
/// Runs of the same call, of other tracks, are drawn on the same page where they lie beside it.
pub fn draw(run_dir: &Path) -> Result<Drawn> {
    let (own, mut headline, beside) = part(run_dir, String::new())?;
    let mut parts = vec![own];
    let mut absent = Vec::new();
    for name in beside {
        let folder = run_dir.parent().unwrap_or(Path::new("")).join(&name);
        // A run that was moved away from the others is shown alone.
        if folder.join(MANIFEST).is_file() {
            // One that has nothing to show yet, or is damaged, does not keep this one from being shown.
            let text = match part(&folder, format!("{name}-")) {
                Ok((other, text, _)) => {
                    parts.push(other);
                    text
                }
                Err(error) => format!("Run {name}, of the same call, is not on the page: {error}\n"),
            };
            headline = format!("{}\n\n{text}", headline.trim_end());
        } else {
            absent.push(name);
        }
    }
    let title = parts.iter().map(|part| part.head.title.as_str()).collect::<Vec<_>>().join("; ");
    Ok(Drawn { absent, ..Drawn::new(headline, &title, &parts) })
}

/// Draws the report of the run in `run_dir` alone, whatever lies beside it.
///
/// # Errors
/// As [`draw`].
pub fn draw_alone(run_dir: &Path) -> Result<Drawn> {
    let (own, headline, _) = part(run_dir, String::new())?;
    let title = own.head.title.clone();
    Ok(Drawn::new(headline, &title, &[own]))
}

/// Draws one run, and gives its headline and the names of the runs that are shown beside it.
fn part(run_dir: &Path, prefix: String) -> Result<(Part, String, Vec<String>)> {
    let (run, sweep) = load(run_dir)?;
    let report = Report::new(run, sweep.as_deref())?;
    let part = Part { prefix, head: contents::head(&report), sections: contents::sections(&report)? };
    Ok((part, contents::headline(&report), report.run.manifest.beside))
}

impl Drawn {
    /// Makes a report of its parts.
    pub(crate) fn new(headline: String, title: &str, parts: &[Part]) -> Drawn {
        Drawn {
            headline,
            page: html::page(title, parts),
            first: parts.first().map(|part| (part.head.title.clone(), html::pieces(part))).unwrap_or_default(),
            absent: vec![],
            tables: parts.iter().flat_map(table_files).collect(),
            plots: parts.iter().flat_map(plot_files).collect(),
        }
    }

    /// Tells whether a page shows the run as it has to: just so, or with all that it says beside runs that are not at hand,
    /// which are given.
    pub fn is_shown_by(&self, page: &str) -> Option<&[String]> {
        if page == self.page {
            return Some(&[]);
        }
        let (title, pieces) = &self.first;
        let is_among_others = !self.absent.is_empty() && html::shows_first(page, title, pieces);
        is_among_others.then_some(&self.absent)
    }

    /// Gives every file of the report: its path within the folder, and what it holds.
    pub fn files(&self) -> Files {
        let within = |folder: &'static str, files: &Files| -> Files {
            files.iter().map(|(name, text)| (format!("{folder}/{name}"), text.clone())).collect()
        };
        let mut files = vec![("index.html".to_owned(), self.page.clone())];
        files.extend(within("tables", &self.tables));
        files.extend(within("plots", &self.plots));
        files
    }

    /// Writes the page, tables and plots into `folder`, which is made if need be, and gives the page's path. With `ours`
    /// the folder holds nothing but reports, and what an earlier one left there is removed.
    ///
    /// # Errors
    /// This fails when the folder cannot be written.
    pub fn write(&self, folder: &Path, ours: bool) -> Result<PathBuf> {
        write_files(folder, "tables", &self.tables, ours)?;
        write_files(folder, "plots", &self.plots, ours)?;
        let index = folder.join("index.html");
        write(&index, &self.page)?;
        Ok(index)
    }
}

/// Gives the file names and contents of every table.
fn table_files(part: &Part) -> Files {
    let prefix = &part.prefix;
    let tables = part.blocks().filter_map(|block| match block {
        Block::Table(table, command) => Some((table, command)),
        _ => None,
    });
    tables
        .flat_map(|(table, command)| {
            [
                (format!("{prefix}{}.csv", table.id), table.csv()),
                (format!("{prefix}{}.md", table.id), table.markdown(command)),
                (format!("{prefix}{}.tex", table.id), table.latex(command)),
            ]
        })
        .collect()
}

/// Gives the file names and contents of every plot.
fn plot_files(part: &Part) -> Files {
    let prefix = &part.prefix;
    let plots = part.blocks().filter_map(|block| match block {
        Block::Plot(plot, command) => Some((format!("{prefix}{}.svg", plot.id), plot.standalone(command))),
        _ => None,
    });
    plots.collect()
}

/// Writes the files of one kind and, in a folder of `ours`, removes those of an earlier report that this one does not have.
fn write_files(report: &Path, kind: &str, files: &Files, ours: bool) -> Result<()> {
    let folder = report.join(kind);
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    for (name, contents) in files {
        write(&folder.join(name), contents)?;
    }
    if !ours {
        return Ok(());
    }
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    for entry in fs::read_dir(&folder).map_err(Error::io(&folder))?.flatten() {
        let path = entry.path();
        let known = path.extension().is_some_and(|e| ["csv", "md", "tex", "svg"].iter().any(|known| e == *known));
        if known && !entry.file_name().to_str().is_some_and(|name| names.contains(name)) {
            fs::remove_file(&path).map_err(Error::io(&path))?;
        }
    }
    Ok(())
}

fn write(path: &Path, contents: &str) -> Result<()> {
    write_atomic(path, contents.as_bytes()).map_err(Error::io(path))
}
