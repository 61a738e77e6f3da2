//! A figure is a plot with its caption.

use crate::page::escape;

/// A plot is an SVG document with its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The file stem and HTML anchor.
    pub id: String,
    /// The caption.
    pub title: String,
    /// What a reader must know to read the plot; may be empty.
    pub note: String,
    /// The plot as a whole SVG document.
    pub svg: String,
}

impl Plot {
    /// Gives the document for a file of its own, which carries its caption and the command that made it.
    pub fn standalone(&self, command: &str) -> String {
        let about = format!(
            "<title>{}</title>\n<desc>{} Made by {}.</desc>\n",
            escape::html(&self.title),
            escape::html(&self.note),
            escape::html(&escape::one_line(command))
        );
        match self.svg.split_once('>') {
            Some((root, rest)) => format!("{root}>\n{about}{}", rest.trim_start()),
            None => self.svg.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_the_command() {
        let svg = "<svg width=\"1\"><g/></svg>".to_owned();
        let plot = Plot { id: "x".to_owned(), title: "A <b>".into(), note: String::new(), svg };
        let file = plot.standalone("cargo xtask reproduce");
        assert!(file.starts_with("<svg") && file.contains("<title>A &lt;b&gt;</title>"), "{file}");
        assert!(file.contains("Made by cargo xtask reproduce."));
    }
}
