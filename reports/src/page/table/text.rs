//! A table is written as Markdown, CSV and LaTeX here.

use std::fmt::Write as _;

use super::data::{Column, ColumnKind, Table};
use crate::page::escape;

impl Table {
    /// Writes Markdown with caption, note and the command that made the table.
    pub fn markdown(&self, command: &str) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut out = format!("**{}**\n\n", escape::markdown(&self.title));
        out.push_str(&line(self.columns.iter().map(|c| escape::markdown(&c.heading())).collect()));
        let rule = |column: &Column| if column.kind == ColumnKind::Text { ":--" } else { "--:" }.to_owned();
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

    /// Writes CSV with a heading line, in which numbers have their full precision and an estimate takes three columns.
    pub fn csv(&self) -> String {
        let mut headings = Vec::new();
        for column in &self.columns {
            headings.push(column.heading());
            if column.kind == ColumnKind::Estimate {
                headings.extend(["lo", "hi"].map(|end| format!("{} {end}", column.heading())));
            }
        }
        let line = |fields: Vec<String>| fields.iter().map(|f| escape::csv(f)).collect::<Vec<_>>().join(",") + "\n";
        let mut out = line(headings);
        for row in &self.rows {
            let fields = row
                .cells
                .iter()
                .zip(&self.columns)
                .flat_map(|(cell, column)| cell.csv_fields(column.kind == ColumnKind::Estimate));
            out.push_str(&line(fields.collect()));
        }
        out
    }

    /// Writes a LaTeX `table` environment that needs no package.
    pub fn latex(&self, command: &str) -> String {
        let align: String = self.columns.iter().map(|c| if c.kind == ColumnKind::Text { 'l' } else { 'r' }).collect();
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
}
