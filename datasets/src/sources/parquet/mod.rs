//! Parquet files are read in slices, so that a file never is in memory as a whole.

pub mod labelled;
pub mod pairs;
mod table;
pub mod text;

pub use pairs::{PairFile, Row};
pub use text::TextFile;
