//! A page is made of sections, and a section of blocks.

use super::answer::Answer;
use super::plot::Plot;
use super::table::Table;

/// A block is a piece of a section.
pub enum Block {
    /// A paragraph of plain text.
    Prose(String),
    /// A list of plain text.
    List(Vec<String>),
    /// Citations say what is cited, how, and where it is found.
    Citations(Vec<Citation>),
    /// A table, with the command that made its numbers.
    Table(Table, String),
    /// A plot, with the command that made its numbers.
    Plot(Plot, String),
}

/// One entry of "how to cite".
pub struct Citation {
    /// What is cited for what.
    pub subject: &'static str,
    /// The reference.
    pub text: String,
    /// The reference's address, where there is one.
    pub link: Option<&'static str>,
}

/// A section of the page.
pub struct Section {
    /// The section's anchor, of letters and hyphens.
    pub id: &'static str,
    /// The section's heading.
    pub title: &'static str,
    /// The section's contents.
    pub blocks: Vec<Block>,
}

/// The head is what stands above the sections.
pub struct Head {
    /// The page's title.
    pub title: String,
    /// Short facts, such as profile, corpus and date.
    pub facts: Vec<(&'static str, String)>,
    /// What is shown first of all.
    pub lead: Vec<Block>,
    /// The run's questions, each with its answer.
    pub answers: Vec<Answer>,
    /// What the answers cannot say, paragraph by paragraph.
    pub summary: Vec<String>,
}

/// This text stands between two commands of a caption.
pub const COMMAND_JOINT: &str = ", then ";
