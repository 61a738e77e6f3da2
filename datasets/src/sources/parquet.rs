//! A Parquet file has its pairs in a struct column `translation` with a text field for each language, as the WMT sets
//! on the hub have it. It is read in slices, so that a file never is in memory as a whole.

use crate::error::{Error, Result};
use polars_core::prelude::{DataType, PolarsError};
use polars_io::SerReader;
use polars_io::prelude::{ParallelStrategy, ParquetReader};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The column has this name.
const COLUMN: &str = "translation";
/// A slice has at most so many rows, and so many are in memory at a time.
const SLICE: usize = 16_384;

/// A row has two sides, of which `None` is a null.
pub type Row = (Option<String>, Option<String>);

/// This Parquet file was seen to have the column and both fields.
#[derive(Debug)]
pub struct PairFile {
    path: PathBuf,
    /// How many rows each row group holds, in order.
    groups: Vec<usize>,
    source: String,
    target: String,
}

impl PairFile {
    /// Opens a file and checks its columns. `source` and `target` are the names of the two fields.
    pub fn open(path: &Path, source: &str, target: &str) -> Result<PairFile> {
        let wrong = |detail: String| Error::Parquet { path: path.to_path_buf(), detail };
        let unreadable =
            |e: PolarsError| wrong(format!("it is no readable Parquet file ({}); fetch it again", line(&e)));
        let mut reader = ParquetReader::new(File::open(path).map_err(Error::io("open", path))?);
        let schema = reader.schema().map_err(unreadable)?;
        let names = |names: Vec<&str>| if names.is_empty() { "none".to_string() } else { names.join(", ") };
        let Some(column) = schema.get(COLUMN) else {
            let found = names(schema.iter_names().map(|name| name.as_str()).collect());
            return Err(wrong(format!("it has no column '{COLUMN}'; its columns: {found}")));
        };
        let DataType::Struct(fields) = DataType::from_arrow_field(column) else {
            return Err(wrong(format!("column '{COLUMN}' has no fields; expected one for each language")));
        };
        for name in [source, target] {
            match fields.iter().find(|field| field.name == name) {
                Some(field) if field.dtype == DataType::String => {}
                Some(field) => {
                    return Err(wrong(format!("field '{name}' of column '{COLUMN}' is no text but {}", field.dtype)));
                }
                None => {
                    let found = names(fields.iter().map(|field| field.name.as_str()).collect());
                    return Err(wrong(format!("column '{COLUMN}' has no field '{name}'; its fields: {found}")));
                }
            }
        }
        let groups = reader.get_metadata().map_err(unreadable)?.row_groups.iter().map(|g| g.num_rows()).collect();
        Ok(PairFile { path: path.to_path_buf(), groups, source: source.into(), target: target.into() })
    }

    /// Counts the rows.
    pub fn rows(&self) -> usize {
        self.groups.iter().sum()
    }

    /// Gives all rows to `each`, in order and in slices.
    pub fn read(&self, each: &mut dyn FnMut(Vec<Row>) -> Result<()>) -> Result<()> {
        let mut first = 0;
        for rows in self.slices() {
            each(self.slice(first, rows)?)?;
            first += rows;
        }
        Ok(())
    }

    /// Tells how many rows each slice has. Whole row groups go together as far as they fit, so that few pages are read
    /// twice; a larger one is cut.
    fn slices(&self) -> Vec<usize> {
        let mut slices: Vec<usize> = vec![];
        for group in &self.groups {
            match slices.last_mut() {
                Some(last) if *last + group <= SLICE => *last += group,
                _ => {
                    slices.extend(std::iter::repeat_n(SLICE, group / SLICE));
                    slices.extend(Some(group % SLICE).filter(|rest| *rest > 0));
                }
            }
        }
        slices
    }

    /// Reads some rows, from `first` on.
    fn slice(&self, first: usize, rows: usize) -> Result<Vec<Row>> {
        let file = File::open(&self.path).map_err(Error::io("open", &self.path))?;
        let reader = ParquetReader::new(file).with_columns(Some(vec![COLUMN.to_string()]));
        let reader = reader.with_slice(Some((first, rows))).read_parallel(ParallelStrategy::None);
        let sides = || -> std::result::Result<Vec<Row>, PolarsError> {
            let frame = reader.finish()?;
            let column = frame.column(COLUMN)?.struct_()?.clone();
            let (source, target) = (column.field_by_name(&self.source)?, column.field_by_name(&self.target)?);
            let own = |text: Option<&str>| text.map(str::to_string);
            Ok(source.str()?.iter().map(own).zip(target.str()?.iter().map(own)).collect())
        };
        sides().map_err(|e| Error::Parquet {
            path: self.path.clone(),
            detail: format!("rows {first} to {} cannot be read: {}", first + rows - 1, line(&e)),
        })
    }
}

/// Gives the first line of an error.
fn line(error: &PolarsError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}
