//! Two runs side by side: how they were made, their verdicts, gaps and scores. What differs is shown, and nothing is decided by
//! it: the claims of each run are judged by its own records.

mod tables;

use std::path::Path;

use crate::error::{Error, Result};
use crate::page::block::{Block, Head, Section};
use crate::page::html::Part;
use crate::page::table::Table;
use crate::render::Drawn;
use crate::run::load;
use crate::sections::report::Report;
pub use tables::ScoreDifference;

/// The command that compares.
const COMMAND: &str = "cargo xtask compare";

/// Two runs side by side.
pub struct Comparison {
    /// Their names; the same name twice is told apart by a number.
    names: [String; 2],
    /// Each with the anchor and the title of its section.
    tables: Vec<(&'static str, &'static str, Table)>,
    /// The differences of scores.
    pub scores: Vec<ScoreDifference>,
}

/// Compares the runs in two folders.
///
/// # Errors
/// This fails when one can't be read, and when they are of different tracks or compared by different measures.
pub fn compare(a: &Path, b: &Path) -> Result<Comparison> {
    let reports = [report(a)?, report(b)?];
    let [a, b] = &reports;
    let said =
        |report: &Report| format!("{} ({}, {})", name(report), report.run.manifest.track, report.run.primary.words());
    if (a.run.manifest.track, a.run.primary) != (b.run.manifest.track, b.run.primary) {
        return Err(Error::Run(format!(
            "{} and {} can't stand side by side: they are of different tracks or compared by different measures",
            said(a),
            said(b)
        )));
    }
    let names = match (name(a), name(b)) {
        (a, b) if a == b => [format!("{a} (1)"), format!("{b} (2)")],
        (a, b) => [a.to_owned(), b.to_owned()],
    };
    let scores = tables::score_differences(&reports);
    let tables = vec![
        ("how-made", "Setting", tables::setting(&reports, &names)),
        ("claims", "Verdicts", tables::verdicts(&reports, &names)),
        ("gap", "Gaps", tables::gaps(&reports, &names)),
        ("score", "Scores", tables::scores(&reports, &names, &scores)),
    ];
    Ok(Comparison { names, tables, scores })
}

fn report(folder: &Path) -> Result<Report> {
    let (run, sweep) = load(folder)?;
    Report::new(run, sweep.as_deref())
}

fn name(report: &Report) -> &str {
    &report.run.manifest.name
}

impl Comparison {
    /// Writes the tables for a terminal, as Markdown.
    pub fn text(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(|(.., table)| table.markdown(&self.command())).collect();
        tables.join("\n")
    }

    /// Draws the page.
    pub fn page(&self) -> Drawn {
        let [a, b] = &self.names;
        let title = format!("{a} beside {b}");
        let section = |(id, title, table): &(&'static str, &'static str, Table)| Section {
            id,
            title,
            blocks: vec![Block::Table(table.clone(), self.command())],
        };
        let summary = vec![
            "What differs is shown, and nothing is decided by it: the claims of each run are judged by its own records."
                .to_owned(),
        ];
        let head = Head { title: title.clone(), facts: vec![], lead: vec![], answers: vec![], summary };
        let sections = self.tables.iter().map(section).collect();
        Drawn::new(self.text(), &title, &[Part { prefix: String::new(), head, sections }])
    }

    fn command(&self) -> String {
        let plain = |name: &String| name.trim_end_matches(" (1)").trim_end_matches(" (2)").to_owned();
        format!("{COMMAND} {} {}", plain(&self.names[0]), plain(&self.names[1]))
    }
}
