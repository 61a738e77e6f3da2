//! The page is one self-contained HTML file, made of blocks of text, tables and plots.

use std::fmt::Write as _;

use super::answer::answers;
use super::block::{Block, COMMAND_JOINT, Citation, Head, Section};
use super::escape::html;
use super::table::Table;

/// The style sheet is inlined, so that the page needs no other file.
const STYLE: &str = include_str!("style.css");

/// Writes the whole page.
pub fn page(head: &Head, sections: &[Section]) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    let _ = write!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n", html(&head.title));
    header(&mut out, head);
    out.push_str("<nav aria-label=\"Sections\"><ul>");
    for section in sections {
        let _ = write!(out, "<li><a href=\"#{}\">{}</a></li>", section.id, html(section.title));
    }
    out.push_str("</ul></nav>\n<main>\n");
    for section in sections {
        let _ = write!(out, "<section id=\"{}\">\n<h2>{}</h2>\n", section.id, html(section.title));
        section.blocks.iter().for_each(|block| write_block(&mut out, block));
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn header(out: &mut String, head: &Head) {
    let _ = write!(out, "<header>\n<h1>{}</h1>\n<dl class=\"facts\">", html(&head.title));
    for (name, value) in &head.facts {
        let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", html(name), html(value));
    }
    out.push_str("</dl>\n");
    answers(out, &head.answers);
    out.push_str("<div class=\"summary\">\n");
    head.summary.iter().for_each(|text| out.push_str(&format!("<p>{}</p>\n", html(text))));
    out.push_str("</div>\n</header>\n");
}

fn write_block(out: &mut String, block: &Block) {
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
        Block::Table(table, command) => write_table(out, table, command),
        Block::Plot(plot, command) => {
            let title = html(&plot.title);
            let _ = write!(out, "<figure class=\"plot\" id=\"plot-{}\">\n<figcaption>{title}</figcaption>\n", plot.id);
            let _ = writeln!(out, "<div class=\"scroll panel\" role=\"img\" tabindex=\"0\" aria-label=\"{title}\">");
            let _ = write!(out, "{}\n</div>\n", plot.svg);
            foot(out, &plot.note, command, &[(format!("plots/{}.svg", plot.id), "SVG".to_owned())]);
        }
    }
}

/// Writes a table as a figure, which is folded where the table is a minor one.
fn write_table(out: &mut String, table: &Table, command: &str) {
    let title = html(&table.title);
    if table.minor {
        let _ = writeln!(out, "<details><summary>{title}</summary>");
    }
    let _ = write!(out, "<figure class=\"table\" id=\"table-{}\">\n<figcaption>{title}</figcaption>\n", table.id);
    let _ = writeln!(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{title}\">");
    let _ = writeln!(out, "{}</div>", table.html());
    let files = ["csv", "md", "tex"].map(|kind| (format!("tables/{}.{kind}", table.id), kind.to_uppercase()));
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
