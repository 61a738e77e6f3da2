//! A table is written as HTML here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::cell::Cell;
use super::data::{Column, ColumnKind, Table};
use crate::page::escape;

/// The id of the table of jobs, to whose rows the other tables link.
pub const JOBS: &str = "jobs";
/// A tooltip names so many jobs; the table of jobs has all.
const SHOWN_JOBS: usize = 4;

impl Table {
    /// Writes the `<table>` element alone. `prefix` stands before the names of anchors.
    pub fn html(&self, prefix: &str) -> String {
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
            // A name leads to the jobs behind its numbers; several seeds share the first row's anchor.
            let anchor = row.methods.first().map(|method| format!("{prefix}{JOBS}-{}", escape::html(method)));
            match &anchor {
                Some(anchor) if self.id == JOBS && anchors.insert(anchor.clone()) => {
                    let _ = write!(out, "<tr id=\"{anchor}\">");
                }
                _ => out.push_str("<tr>"),
            }
            let link = anchor.filter(|_| self.id != JOBS && !row.jobs.is_empty());
            for (i, (cell, column)) in row.cells.iter().zip(&self.columns).enumerate() {
                let (colour, link) = if i == 0 { (row.colour, link.as_deref()) } else { (None, None) };
                out.push_str(&html_cell(cell, column, Place { first: i == 0, colour, link, jobs: &row.jobs }));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n");
        out
    }
}

/// Where a cell stands, and what is behind it.
struct Place<'a> {
    first: bool,
    colour: Option<&'static str>,
    link: Option<&'a str>,
    jobs: &'a [String],
}

/// What a tooltip says: the exact value, and of which jobs it is made.
fn tooltip(value: &str, jobs: &[String]) -> String {
    if jobs.is_empty() {
        return value.to_owned();
    }
    let more = match jobs.len().saturating_sub(SHOWN_JOBS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown: Vec<&str> = jobs.iter().take(SHOWN_JOBS).map(String::as_str).collect();
    format!("{value}; jobs {}{more}", shown.join(" "))
}

fn html_cell(cell: &Cell, column: &Column, place: Place) -> String {
    let Place { first, colour, link, jobs } = place;
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
    let exact =
        cell.exact().map(|value| format!(" data-value=\"{value}\" title=\"{}\"", escape::html(&tooltip(&value, jobs))));
    let exact = exact.unwrap_or_default();
    let (open, close) = if first { ("th scope=\"row\"", "th") } else { ("td", "td") };
    let text = escape::html(&cell.main_text());
    let text = link.map_or(text.clone(), |anchor| format!("<a href=\"#{anchor}\">{text}</a>"));
    format!("<{open}{class}{exact}>{swatch}{text}{interval}</{close}>")
}
