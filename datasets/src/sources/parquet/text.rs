//! A file may have its text in one column.

use super::table::Table;
use crate::error::Result;
use polars_core::prelude::{DataFrame, DataType, PolarsError};
use std::path::Path;

/// This Parquet file was seen to have a column of text.
#[derive(Debug)]
pub struct TextFile {
    table: Table,
    column: String,
}

impl TextFile {
    /// Opens a file and checks its column.
    pub fn open(path: &Path, column: &str) -> Result<TextFile> {
        let table = Table::open(path)?;
        match table.column(column)? {
            DataType::String => Ok(TextFile { table, column: column.into() }),
            other => Err(table.wrong(format!("column '{column}' is no text but {other}"))),
        }
    }

    /// Gives the file's name.
    pub fn name(&self) -> String {
        self.table.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Counts the rows.
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Gives all rows to `each`, in order and in slices. `None` is a null.
    pub fn read(&self, each: &mut dyn FnMut(Vec<Option<String>>) -> Result<()>) -> Result<()> {
        let texts = |frame: &DataFrame| -> std::result::Result<Vec<Option<String>>, PolarsError> {
            Ok(frame.column(&self.column)?.str()?.iter().map(|text| text.map(str::to_string)).collect())
        };
        self.table.read(&[&self.column], texts, each)
    }
}
