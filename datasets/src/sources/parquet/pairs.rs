//! The WMT sets on the hub have their pairs in a struct column `translation` with a text field for each language.

use super::table::{Table, names};
use crate::error::Result;
use polars_core::prelude::{DataFrame, DataType, PolarsError};
use std::path::Path;

/// The column has this name.
const COLUMN: &str = "translation";

/// A row has two sides, of which `None` is a null.
pub type Row = (Option<String>, Option<String>);

/// This Parquet file was seen to have the column and both fields.
#[derive(Debug)]
pub struct PairFile {
    table: Table,
    source: String,
    target: String,
}

impl PairFile {
    /// Opens a file and checks its columns. `source` and `target` are the names of the two fields.
    pub fn open(path: &Path, source: &str, target: &str) -> Result<PairFile> {
        let table = Table::open(path)?;
        let DataType::Struct(fields) = table.column(COLUMN)? else {
            return Err(table.wrong(format!("column '{COLUMN}' has no fields; expected one for each language")));
        };
        for name in [source, target] {
            let problem = match fields.iter().find(|field| field.name == name) {
                Some(field) if field.dtype == DataType::String => continue,
                Some(field) => format!("field '{name}' of column '{COLUMN}' is no text but {}", field.dtype),
                None => {
                    let found = names(fields.iter().map(|field| field.name.as_str()).collect());
                    format!("column '{COLUMN}' has no field '{name}'; its fields: {found}")
                }
            };
            return Err(table.wrong(problem));
        }
        Ok(PairFile { table, source: source.into(), target: target.into() })
    }

    /// Counts the rows.
    pub fn rows(&self) -> usize {
        self.table.rows()
    }

    /// Gives all rows to `each`, in order and in slices.
    pub fn read(&self, each: &mut dyn FnMut(Vec<Row>) -> Result<()>) -> Result<()> {
        let sides = |frame: &DataFrame| -> std::result::Result<Vec<Row>, PolarsError> {
            let column = frame.column(COLUMN)?.struct_()?.clone();
            let (source, target) = (column.field_by_name(&self.source)?, column.field_by_name(&self.target)?);
            let own = |text: Option<&str>| text.map(str::to_string);
            Ok(source.str()?.iter().map(own).zip(target.str()?.iter().map(own)).collect())
        };
        self.table.read(&[COLUMN], sides, each)
    }
}
