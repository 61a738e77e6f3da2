//! A record file is one Parquet table of records, sealed with a SHA-256 over the whole file.
//!
//! Any Parquet reader can open the table. Seal and version are entries of the file's own metadata, so that they cannot
//! be separated from the rows: [`read_records`] refuses a file of which a single byte was changed or lost, and a file
//! of a version that it does not know.

mod columns;
mod file;
#[cfg(test)]
mod tests;

pub use file::{read_records, write_records};
