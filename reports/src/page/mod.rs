//! This folder draws pages, tables and plots, and knows nothing of what the report says with them.
//!
//! The same input gives the same bytes, and nothing from a file reaches a page, table or plot unescaped.

pub mod answer;
pub mod block;
pub mod escape;
pub mod format;
pub mod html;
pub mod looks;
pub mod plot;
pub mod table;
