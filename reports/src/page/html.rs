//! The page is one self-contained HTML file, made of blocks of text, tables and plots.

use std::fmt::Write as _;

use super::answer::answers;
use super::block::{Block, COMMAND_JOINT, Citation, Head, Section};
use super::escape::html;
use super::table::Table;

/// The style sheet is inlined, so that the page needs no other file.
const STYLE: &str = include_str!("style.css");

/// The script is inlined, too. A page says the same without it.
const SCRIPT: &str = include_str!("script.js");

/// The version of the program that draws pages, as a page names it.
pub const GENERATOR: &str = concat!("mos-reports ", env!("MOS_REPORT_HASH"));

/// The level of a run's heading on a page of several.
const BESIDE_OTHERS: usize = 2;

/// What a page shows of one run.
pub struct Part {
    /// What stands before the names of anchors and files, so that those of two runs on one page differ; empty for the only
    /// run, or the first.
    pub prefix: String,
    /// What stands above the sections.
    pub head: Head,
    /// The sections.
    pub sections: Vec<Section>,
}

impl Part {
    /// Gives every block, in the order of the page.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.head.lead.iter().chain(self.sections.iter().flat_map(|section| &section.blocks))
    }
}

/// Writes the pieces that a page of several runs has of a part: what stands above, and the sections.
pub fn pieces(part: &Part) -> [String; 2] {
    let (mut above, mut below) = (String::new(), String::new());
    header(&mut above, part, BESIDE_OTHERS);
    evidence(&mut below, part, BESIDE_OTHERS);
    [above, below]
}

/// Writes what a page begins with, up to the first run.
fn start(title: &str, several: bool) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    let _ = writeln!(out, "<meta name=\"generator\" content=\"{GENERATOR}\">");
    let _ = write!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n", html(title));
    if several {
        let _ = writeln!(out, "<h1>{}</h1>", html(title));
    }
    out
}

/// Writes what a page ends with.
fn end() -> String {
    format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

/// Writes the whole page under a title. The parts stand one after another; where there is one only, the title is its own.
pub fn page(title: &str, parts: &[Part]) -> String {
    let several = parts.len() != 1;
    let level = if several { BESIDE_OTHERS } else { 1 };
    let mut out = start(title, several);
    // The first screen has the questions of every run; the evidence follows.
    parts.iter().for_each(|part| header(&mut out, part, level));
    out.push_str("<main>\n");
    parts.iter().for_each(|part| evidence(&mut out, part, level));
    out + &end()
}

/// Tells whether a page is one of several runs whose first has this title and these pieces. Of the others it says nothing but
/// that they can't hide the first.
pub fn shows_first(page: &str, title: &str, pieces: &[String; 2]) -> bool {
    let [above, below] = pieces;
    let Some(whole) = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(t, _)| t)
    else {
        return false;
    };
    let begins = start("", true).replace("<title></title>", &format!("<title>{whole}</title>"));
    let begins = begins.replace("<h1></h1>", &format!("<h1>{whole}</h1>"));
    let others = |text: &str| ["<!--", "<style", "<script", "<main", "</main"].iter().all(|tag| !text.contains(tag));
    let rest = page.strip_prefix(&begins).and_then(|rest| rest.strip_prefix(above.as_str()));
    let rest = rest.and_then(|rest| rest.strip_suffix(&end()));
    let parts = rest.and_then(|rest| rest.split_once("<main>\n"));
    let is_title = whole.starts_with(&format!("{}; ", html(title))) && !whole.contains('<');
    is_title
        && parts
            .is_some_and(|(heads, sections)| others(heads) && sections.strip_prefix(below.as_str()).is_some_and(others))
}

fn header(out: &mut String, Part { prefix, head, sections }: &Part, level: usize) {
    let _ = write!(out, "<header>\n<h{level}>{}</h{level}>\n<dl class=\"facts\">", html(&head.title));
    for (name, value) in &head.facts {
        let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", html(name), html(value));
    }
    out.push_str("</dl>\n");
    head.lead.iter().for_each(|block| write_block(out, prefix, block));
    answers(out, &head.answers, prefix);
    out.push_str("<div class=\"summary\">\n");
    head.summary.iter().for_each(|text| out.push_str(&format!("<p>{}</p>\n", html(text))));
    out.push_str("</div>\n</header>\n<nav aria-label=\"Sections\"><ul>");
    for section in sections {
        let _ = write!(out, "<li><a href=\"#{prefix}{}\">{}</a></li>", section.id, html(section.title));
    }
    out.push_str("</ul></nav>\n");
}

fn evidence(out: &mut String, Part { prefix, sections, .. }: &Part, level: usize) {
    for section in sections {
        let (id, level) = (section.id, level + 1);
        let _ = write!(out, "<section id=\"{prefix}{id}\">\n<h{level}>{}</h{level}>\n", html(section.title));
        section.blocks.iter().for_each(|block| write_block(out, prefix, block));
        out.push_str("</section>\n");
    }
}

fn write_block(out: &mut String, prefix: &str, block: &Block) {
    match block {
        Block::Prose(text) => {
            let _ = writeln!(out, "<p>{}</p>", html(text));
        }
        Block::List(items) => {
            out.push_str("<ul>\n");
            items.iter().for_each(|item| out.push_str(&format!("<li>{}</li>\n", html(item))));
            out.push_str("</ul>\n");
        }
        Block::Citations(entries) => {
            out.push_str("<ul class=\"cite\">\n");
            entries.iter().for_each(|entry| citation(out, entry));
            out.push_str("</ul>\n");
        }
        Block::Table(table, command) => write_table(out, prefix, table, command),
        Block::Plot(plot, command) => {
            let (title, id) = (html(&plot.title), format!("{prefix}{}", plot.id));
            let _ = write!(out, "<figure class=\"plot\" id=\"plot-{id}\">\n<figcaption>{title}</figcaption>\n");
            let _ = writeln!(out, "<div class=\"scroll panel\" role=\"img\" tabindex=\"0\" aria-label=\"{title}\">");
            let _ = write!(out, "{}\n</div>\n", plot.svg);
            foot(out, &plot.note, command, &[(format!("plots/{id}.svg"), "SVG".to_owned())]);
        }
    }
}

/// Writes a table as a figure, which is folded where the table is a minor one.
fn write_table(out: &mut String, prefix: &str, table: &Table, command: &str) {
    let (title, id) = (html(&table.title), format!("{prefix}{}", table.id));
    if table.minor {
        let _ = writeln!(out, "<details><summary>{title}</summary>");
    }
    let _ = write!(out, "<figure class=\"table\" id=\"table-{id}\">\n<figcaption>{title}</figcaption>\n");
    let _ = writeln!(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">");
    let _ = writeln!(out, "{}</div>", table.html(prefix));
    let files = ["csv", "md", "tex"].map(|kind| (format!("tables/{id}.{kind}"), kind.to_uppercase()));
    foot(out, &table.note, command, &files);
    if table.minor {
        out.push_str("</details>\n");
    }
}

/// Writes note, command and files under a figure, and closes it.
fn foot(out: &mut String, note: &str, command: &str, files: &[(String, String)]) {
    if !note.is_empty() {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", html(note));
    }
    let links: Vec<String> = files.iter().map(|(path, name)| format!("<a href=\"{path}\">{name}</a>")).collect();
    let _ = write!(out, "<p class=\"made\">Made by {}. Files: {}</p>\n</figure>\n", commands(command), links.join(" "));
}

/// Writes commands, each set as code. They come as one text with [`COMMAND_JOINT`] between them.
fn commands(text: &str) -> String {
    text.split(COMMAND_JOINT).map(|one| format!("<code>{}</code>", html(one))).collect::<Vec<_>>().join(COMMAND_JOINT)
}

fn citation(out: &mut String, entry: &Citation) {
    let link = match entry.link {
        Some(link) => format!(" <a href=\"{0}\">{0}</a>", html(link)),
        None => String::new(),
    };
    let _ = writeln!(out, "<li><b>{}.</b> {}{link}</li>", html(entry.subject), html(&entry.text));
}
