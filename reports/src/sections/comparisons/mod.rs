//! Methods are compared with each other here. The section of the result shows the comparisons.

pub mod basis;
pub mod credit;
pub mod facts;
pub mod table;
pub mod words;
