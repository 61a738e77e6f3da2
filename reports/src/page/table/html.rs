//! A table is written as HTML here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::cell::Cell;
use super::data::{Column, ColumnKind, Table};
use crate::page::escape;

/// The id of the table of jobs, to whose rows the other tables link.
pub const JOBS: &str = "jobs";

impl Table {
    /// Writes the `<table>` element alone.
    pub fn html(&self) -> String {
        let mut out = String::from("<table>\n<thead><tr>");
        for column in &self.columns {
            let class = if column.kind == ColumnKind::Text { "" } else { " class=\"n\"" };
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
        (Cell::Missing, ColumnKind::Text) => " class=\"na\"",
        (Cell::Missing, _) => " class=\"n na\"",
        (_, ColumnKind::Text) => "",
        _ => " class=\"n\"",
    };
    let exact = cell.exact().map(|value| format!(" data-value=\"{value}\" title=\"{value}\"")).unwrap_or_default();
    let (open, close) = if first { ("th scope=\"row\"", "th") } else { ("td", "td") };
    let text = escape::html(&cell.main_text());
    let text = link.map_or(text.clone(), |anchor| format!("<a href=\"#{anchor}\">{text}</a>"));
    format!("<{open}{class}{exact}>{swatch}{text}{interval}</{close}>")
}
