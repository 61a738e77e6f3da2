//! This measures the gap of any CSV table that has one row for each subnet, a from-scratch column and one or more
//! supernet columns.

mod measure;
#[cfg(test)]
mod tests;
mod text;

pub use measure::{Against, GroupGap, Request, measure};
pub use text::to_text;
