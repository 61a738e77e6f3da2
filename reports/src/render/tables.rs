//! A table as data, and its four written forms: HTML, Markdown, CSV and LaTeX.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::escape;
use super::format::fixed;

pub mod detail;
pub mod headline;
pub mod latency;
pub mod pareto;
pub mod retraining;
pub mod search;

/// Id of the table of jobs, to whose rows the other tables link.
pub const JOBS: &str = "jobs";

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number shown with so many decimals (the CSV holds it in full).
    Number(f64, usize),
    /// A whole number.
    Integer(i64),
    /// A number whose text is made elsewhere (a learning rate).
    Shown(f64, String),
    /// A value with its 95% interval, where it has one.
    Estimate {
        /// The value.
        value: f64,
        /// Ends of the interval.
        interval: Option<(f64, f64)>,
        /// Decimals shown.
        decimals: usize,
    },
    /// Nothing measured, or undefined: shown as "n/a", empty in the CSV.
    Missing,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    /// A number, or [`Cell::Missing`] where there is none or it is not finite.
    pub fn number(value: Option<f64>, decimals: usize) -> Cell {
        match value {
            Some(value) if value.is_finite() => Cell::Number(value, decimals),
            _ => Cell::Missing,
        }
    }

    /// A whole number held as a float, or [`Cell::Missing`].
    pub fn whole(value: Option<f64>) -> Cell {
        match value {
            Some(value) if value.is_finite() => Cell::Integer(value.round() as i64),
            _ => Cell::Missing,
        }
    }

    /// A value with an interval; what is not finite counts as absent.
    pub fn estimate(value: Option<f64>, interval: Option<(f64, f64)>, decimals: usize) -> Cell {
        match value {
            Some(value) if value.is_finite() => {
                let interval = interval.filter(|(lo, hi)| lo.is_finite() && hi.is_finite());
                Cell::Estimate { value, interval, decimals }
            }
            _ => Cell::Missing,
        }
    }

    /// The cell in plain words.
    pub fn plain(&self) -> String {
        match self.interval_text() {
            Some(interval) => format!("{} {interval}", self.main_text()),
            None => self.main_text(),
        }
    }

    fn main_text(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Shown(_, text) => text.clone(),
            Cell::Number(value, decimals) | Cell::Estimate { value, decimals, .. } => fixed(*value, *decimals),
            Cell::Integer(value) => super::format::integer(*value),
            Cell::Missing => "n/a".to_owned(),
        }
    }

    fn interval_text(&self) -> Option<String> {
        match self {
            Cell::Estimate { interval: Some((lo, hi)), decimals, .. } => {
                Some(format!("[{}, {}]", fixed(*lo, *decimals), fixed(*hi, *decimals)))
            }
            _ => None,
        }
    }

    /// Fields of the CSV: one, or three for a column of estimates.
    fn csv_fields(&self, kind: Kind) -> Vec<String> {
        let first = match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(value, _) | Cell::Shown(value, _) | Cell::Estimate { value, .. } => value.to_string(),
            Cell::Integer(value) => value.to_string(),
            Cell::Missing => String::new(),
        };
        if kind != Kind::Estimate {
            return vec![first];
        }
        let (lo, hi) = match self {
            Cell::Estimate { interval: Some((lo, hi)), .. } => (lo.to_string(), hi.to_string()),
            _ => (String::new(), String::new()),
        };
        vec![first, lo, hi]
    }
}

/// What a column holds: decides alignment and the CSV's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, to the left.
    Text,
    /// Numbers, to the right.
    Number,
    /// Values with intervals: three columns in the CSV (`x`, `x lo`, `x hi`).
    Estimate,
}

/// A column's heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Heading.
    pub name: String,
    /// Unit; empty for a pure number or words.
    pub unit: String,
    /// What it holds.
    pub kind: Kind,
}

impl Column {
    /// A column of words.
    pub fn text(name: &str) -> Column {
        Column { name: name.to_owned(), unit: String::new(), kind: Kind::Text }
    }

    /// A column of numbers.
    pub fn number(name: &str, unit: &str) -> Column {
        Column { name: name.to_owned(), unit: unit.to_owned(), kind: Kind::Number }
    }

    /// A column of values with intervals.
    pub fn estimate(name: &str, unit: &str) -> Column {
        Column { name: name.to_owned(), unit: unit.to_owned(), kind: Kind::Estimate }
    }

    fn heading(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.unit) }
    }
}

/// One row: its cells, and the colour that marks its method in the plots.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One cell a column.
    pub cells: Vec<Cell>,
    /// `#rrggbb` of the method that the first cell names, shown as a swatch before it; none in rows of no method.
    pub colour: Option<&'static str>,
}

/// A table with its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// File stem and HTML anchor: letters, digits and hyphens.
    pub id: &'static str,
    /// Caption.
    pub title: String,
    /// What a reader must know to read it; may be empty.
    pub note: String,
    /// Headings.
    pub columns: Vec<Column>,
    /// Rows.
    pub rows: Vec<Row>,
}

impl Table {
    /// An empty table.
    pub fn new(id: &'static str, title: impl Into<String>, columns: Vec<Column>) -> Table {
        Table { id, title: title.into(), note: String::new(), columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, colour: Option<&'static str>, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "table {}", self.id);
        self.rows.push(Row { cells, colour });
    }

    /// Drops the columns in which no row has a value (a metric that this run did not measure).
    pub fn without_empty_columns(mut self) -> Table {
        let keep: Vec<bool> = (0..self.columns.len())
            .map(|i| i == 0 || self.rows.iter().any(|row| row.cells[i] != Cell::Missing))
            .collect();
        let mut index = 0..;
        self.columns.retain(|_| index.next().is_some_and(|i: usize| keep[i]));
        for row in &mut self.rows {
            let mut index = 0..;
            row.cells.retain(|_| index.next().is_some_and(|i: usize| keep[i]));
        }
        self
    }

    /// The `<table>` element alone.
    pub fn html(&self) -> String {
        let mut out = String::from("<table>\n<thead><tr>");
        for column in &self.columns {
            let class = if column.kind == Kind::Text { "" } else { " class=\"n\"" };
            let unit = match column.unit.as_str() {
                "" => String::new(),
                unit => format!(" <span class=\"unit\">({})</span>", escape::html(unit)),
            };
            // A heading may be broken at blanks, but not within a statistic's name.
            let name = escape::html(&column.name).replace("τ-b", "τ\u{2011}b");
            let _ = write!(out, "<th scope=\"col\"{class}>{name}{unit}</th>");
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        let mut anchors = BTreeSet::new();
        for row in &self.rows {
            // A method's name leads to the jobs behind its numbers; several seeds share the first row's anchor.
            let anchor = row.colour.map(|_| format!("{JOBS}-{}", escape::html(&row.cells[0].main_text())));
            match &anchor {
                Some(anchor) if self.id == JOBS && anchors.insert(anchor.clone()) => {
                    let _ = write!(out, "<tr id=\"{anchor}\">");
                }
                _ => out.push_str("<tr>"),
            }
            let link = anchor.filter(|_| self.id != JOBS);
            for (i, (cell, column)) in row.cells.iter().zip(&self.columns).enumerate() {
                let (colour, link) = if i == 0 { (row.colour, link.as_deref()) } else { (None, None) };
                out.push_str(&html_cell(cell, column, i == 0, colour, link));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n");
        out
    }

    /// Markdown with caption, note and the command that made it.
    pub fn markdown(&self, command: &str) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = format!("**{}**\n\n", escape::markdown(&self.title));
        out.push_str(&line(self.columns.iter().map(|c| escape::markdown(&c.heading())).collect()));
        let rule = |column: &Column| if column.kind == Kind::Text { ":--" } else { "--:" }.to_owned();
        out.push_str(&line(self.columns.iter().map(rule).collect()));
        for row in &self.rows {
            out.push_str(&line(row.cells.iter().map(|cell| escape::markdown(&cell.plain())).collect()));
        }
        if !self.note.is_empty() {
            let _ = write!(out, "\n{}\n", escape::markdown(&self.note));
        }
        let _ = write!(out, "\nMade by {}\n", escape::markdown(command));
        out
    }

    /// CSV with a heading line; numbers in full precision, an estimate in three columns.
    pub fn csv(&self) -> String {
        let mut headings = Vec::new();
        for column in &self.columns {
            headings.push(column.heading());
            if column.kind == Kind::Estimate {
                headings.extend(["lo", "hi"].map(|end| format!("{} {end}", column.heading())));
            }
        }
        let line = |fields: Vec<String>| fields.iter().map(|f| escape::csv(f)).collect::<Vec<_>>().join(",") + "\n";
        let mut out = line(headings);
        for row in &self.rows {
            let fields = row.cells.iter().zip(&self.columns).flat_map(|(cell, column)| cell.csv_fields(column.kind));
            out.push_str(&line(fields.collect()));
        }
        out
    }

    /// A LaTeX `table` environment that needs no package.
    pub fn latex(&self, command: &str) -> String {
        let align: String = self.columns.iter().map(|c| if c.kind == Kind::Text { 'l' } else { 'r' }).collect();
        let line = |cells: Vec<String>| format!("{} \\\\\n", cells.join(" & "));
        let mut out = format!("% Made by {}\n", escape::one_line(command));
        let _ = write!(out, "\\begin{{table}}\n\\caption{{{}}}\n", escape::latex(&self.title));
        let _ = write!(out, "\\begin{{tabular}}{{{align}}}\n\\hline\n");
        out.push_str(&line(self.columns.iter().map(|c| escape::latex(&c.heading())).collect()));
        out.push_str("\\hline\n");
        for row in &self.rows {
            // Braces keep a leading "[" of a cell from being read as the optional argument of the \\ before it.
            out.push_str(&line(row.cells.iter().map(|cell| format!("{{{}}}", escape::latex(&cell.plain()))).collect()));
        }
        out.push_str("\\hline\n\\end{tabular}\n\\end{table}\n");
        out
    }

    /// Aligned plain text for a terminal.
    pub fn plain(&self) -> String {
        let mut lines: Vec<Vec<String>> = vec![self.columns.iter().map(|c| escape::one_line(&c.heading())).collect()];
        lines.extend(self.rows.iter().map(|row| row.cells.iter().map(|c| escape::one_line(&c.plain())).collect()));
        let width = |i: usize| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut out = String::new();
        for line in &lines {
            let padded =
                line.iter().zip(&widths).zip(&self.columns).map(|((cell, &width), column)| match column.kind {
                    Kind::Text => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
            out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
            out.push('\n');
        }
        out
    }
}

fn html_cell(cell: &Cell, column: &Column, first: bool, colour: Option<&'static str>, link: Option<&str>) -> String {
    let swatch = match colour {
        Some(colour) => format!("<span class=\"swatch\" style=\"background:{colour}\"></span>"),
        _ => String::new(),
    };
    let interval = match cell.interval_text() {
        Some(interval) => format!(" <span class=\"ci\">{}</span>", escape::html(&interval)),
        None => String::new(),
    };
    let class = match (cell, column.kind) {
        (Cell::Missing, Kind::Text) => " class=\"na\"",
        (Cell::Missing, _) => " class=\"n na\"",
        (_, Kind::Text) => "",
        _ => " class=\"n\"",
    };
    let (open, close) = if first { ("th scope=\"row\"", "th") } else { ("td", "td") };
    let text = escape::html(&cell.main_text());
    let text = link.map_or(text.clone(), |anchor| format!("<a href=\"#{anchor}\">{text}</a>"));
    format!("<{open}{class}>{swatch}{text}{interval}</{close}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let columns = vec![
            Column::text("Method"),
            Column::estimate("MAE", "nats/token"),
            Column::number("Rate", ""),
            Column::text("Remark"),
        ];
        let mut table = Table::new("sample", "Test input & more", columns);
        let estimate = Cell::estimate(Some(0.12345), Some((-0.1, 0.2)), 3);
        table.push(None, vec![Cell::text("a,<b>"), estimate, Cell::number(Some(1.5), 1), Cell::text("x|y")]);
        table.push(Some("#000000"), vec![Cell::text("c\"d"), Cell::Missing, Cell::number(None, 1), Cell::Missing]);
        table
    }

    #[test]
    fn csv_is_read_back_by_a_csv_reader() {
        use polars::prelude::*;
        let csv = sample().csv();
        let frame = CsvReader::new(std::io::Cursor::new(csv)).finish().unwrap();
        let names: Vec<String> = frame.get_column_names().iter().map(|n| n.to_string()).collect();
        assert_eq!(
            names,
            ["Method", "MAE (nats/token)", "MAE (nats/token) lo", "MAE (nats/token) hi", "Rate", "Remark"]
        );
        assert_eq!(frame.column("Method").unwrap().str().unwrap().get(0), Some("a,<b>"));
        assert_eq!(frame.column("Method").unwrap().str().unwrap().get(1), Some("c\"d"));
        assert_eq!(frame.column("MAE (nats/token)").unwrap().f64().unwrap().get(0), Some(0.12345));
        assert_eq!(frame.column("MAE (nats/token) lo").unwrap().f64().unwrap().get(0), Some(-0.1));
        assert_eq!(frame.column("MAE (nats/token)").unwrap().f64().unwrap().get(1), None);
    }

    #[test]
    fn html_is_escaped_and_marks_missing_cells() {
        let html = sample().html();
        assert!(html.contains("a,&lt;b&gt;") && !html.contains("<b>"), "{html}");
        assert!(html.contains("0.123 <span class=\"ci\">[-0.100, 0.200]</span>"), "{html}");
        assert!(html.contains("<td class=\"n na\">n/a</td>"), "{html}");
        assert!(html.contains("<a href=\"#jobs-c&quot;d\">c&quot;d</a>"), "{html}");
        assert!(html.contains("MAE <span class=\"unit\">(nats/token)</span>"), "{html}");
    }

    #[test]
    fn a_methods_jobs_are_linked_to_once() {
        let mut table = Table::new(JOBS, "", vec![Column::text("Method"), Column::number("Seed", "")]);
        for seed in 1..=2 {
            table.push(Some("#000000"), vec![Cell::text("hat"), Cell::Integer(seed)]);
        }
        let html = table.html();
        assert_eq!(html.matches("<tr id=\"jobs-hat\">").count(), 1, "{html}");
        assert!(!html.contains("<a "), "{html}");
    }

    #[test]
    fn markdown_and_latex_have_one_line_a_row_and_name_the_command() {
        let markdown = sample().markdown("cargo xtask reproduce");
        assert_eq!(markdown.lines().filter(|l| l.starts_with('|')).count(), 4);
        assert!(markdown.contains("x\\|y") && markdown.contains("cargo xtask reproduce"), "{markdown}");
        let latex = sample().latex("cargo xtask reproduce\nrm");
        assert_eq!(latex.lines().filter(|l| l.ends_with("\\\\")).count(), 3);
        assert!(latex.starts_with("% Made by cargo xtask reproduce rm\n"), "{latex}");
        assert!(latex.contains("Test input \\& more"), "{latex}");
    }

    #[test]
    fn a_non_finite_number_is_missing() {
        assert_eq!(Cell::number(Some(f64::NAN), 2), Cell::Missing);
        assert_eq!(Cell::estimate(Some(f64::INFINITY), None, 2), Cell::Missing);
        let cell = Cell::estimate(Some(1.0), Some((f64::NAN, 1.0)), 1);
        assert_eq!(cell.plain(), "1.0");
    }

    #[test]
    fn empty_columns_are_dropped() {
        let mut table = sample();
        table.rows.remove(0);
        let table = table.without_empty_columns();
        assert_eq!(table.columns.len(), 1);
        assert_eq!(table.rows[0].cells.len(), 1);
    }
}
