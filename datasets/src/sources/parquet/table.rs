//! A Parquet file is a table, of which some columns are read some rows at a time.

use crate::error::{Error, Result};
use polars_core::prelude::{DataFrame, DataType, PolarsError};
use polars_io::SerReader;
use polars_io::prelude::{ParallelStrategy, ParquetReader};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A slice has at most so many rows, and so many are in memory at a time.
const SLICE: usize = 16_384;

/// A Parquet file whose head was read.
#[derive(Debug)]
pub(super) struct Table {
    pub path: PathBuf,
    /// The name and the type of each column, in order.
    pub columns: Vec<(String, DataType)>,
    /// How many rows each row group holds, in order.
    groups: Vec<usize>,
}

impl Table {
    pub fn open(path: &Path) -> Result<Table> {
        let unreadable = |e: PolarsError| Error::Parquet {
            path: path.to_path_buf(),
            detail: format!("it is no readable Parquet file ({}); fetch it again", line(&e)),
        };
        let mut reader = ParquetReader::new(File::open(path).map_err(Error::io("open", path))?);
        let schema = reader.schema().map_err(unreadable)?;
        let columns =
            schema.iter().map(|(name, field)| (name.to_string(), DataType::from_arrow_field(field))).collect();
        let groups = reader.get_metadata().map_err(unreadable)?.row_groups.iter().map(|g| g.num_rows()).collect();
        Ok(Table { path: path.to_path_buf(), columns, groups })
    }

    /// Gives the type of a column.
    pub fn column(&self, name: &str) -> Result<&DataType> {
        match self.columns.iter().find(|(column, _)| column == name) {
            Some((_, kind)) => Ok(kind),
            None => {
                let found = names(self.columns.iter().map(|(name, _)| name.as_str()).collect());
                Err(self.wrong(format!("it has no column '{name}'; its columns: {found}")))
            }
        }
    }

    /// Says what is wrong with the file.
    pub fn wrong(&self, detail: String) -> Error {
        Error::Parquet { path: self.path.clone(), detail }
    }

    /// Counts the rows.
    pub fn rows(&self) -> usize {
        self.groups.iter().sum()
    }

    /// Reads some columns, and gives what `take` makes of each slice to `each`, in order.
    pub fn read<T>(
        &self,
        columns: &[&str],
        take: impl Fn(&DataFrame) -> std::result::Result<T, PolarsError>,
        each: &mut dyn FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let mut first = 0;
        for rows in self.slices() {
            let file = File::open(&self.path).map_err(Error::io("open", &self.path))?;
            let columns = columns.iter().map(|name| name.to_string()).collect();
            let reader = ParquetReader::new(file).with_columns(Some(columns));
            let reader = reader.with_slice(Some((first, rows))).read_parallel(ParallelStrategy::None);
            let taken = reader.finish().and_then(|frame| take(&frame)).map_err(|e| {
                self.wrong(format!("rows {first} to {} cannot be read: {}", first + rows - 1, line(&e)))
            })?;
            each(taken)?;
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
}

/// Writes a list of names for a message.
pub(super) fn names(names: Vec<&str>) -> String {
    if names.is_empty() { "none".to_string() } else { names.join(", ") }
}

/// Gives the first line of an error.
fn line(error: &PolarsError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_string()
}
