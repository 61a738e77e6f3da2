//! Methods are compared with each other here. The section of the result shows the comparisons.

pub mod credit;
pub mod facts;
mod table;
pub mod words;

pub use table::{controls, credit_table, paired, terminal};
