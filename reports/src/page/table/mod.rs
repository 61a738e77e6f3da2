//! A table is data, and has these written forms: HTML, Markdown, CSV and LaTeX.

mod cell;
mod data;
mod html;
#[cfg(test)]
mod tests;
mod text;

pub use cell::Cell;
pub use data::{Column, Table};
pub use html::JOBS;
