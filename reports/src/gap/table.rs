//! A CSV file read as text, so that a bad cell can be named instead of becoming a null.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Group column -> value, and the rows that share it.
type Group = (Map<String, Value>, Vec<usize>);

/// A table of text cells with a header.
pub(super) struct Table {
    path: PathBuf,
    frame: DataFrame,
}

impl Table {
    pub(super) fn read(path: &Path) -> Result<Table> {
        let bytes = fs::read(path).map_err(Error::io(path))?;
        if let Err(error) = std::str::from_utf8(&bytes) {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
            return Err(Error::input(path, format!("line {line} is not UTF-8; convert the file to UTF-8")));
        }
        if bytes.trim_ascii().is_empty() {
            return Err(Error::input(path, "the file is empty; it needs a header line and a row for each subnet"));
        }
        // No rows are looked at to guess types: every column stays text.
        let options = CsvReadOptions::default().with_infer_schema_length(Some(0));
        let frame = options.into_reader_with_file_handle(Cursor::new(bytes)).finish().map_err(|error| {
            let message = error.to_string();
            Error::input(path, format!("not a CSV table: {}", message.lines().next().unwrap_or_default()))
        })?;
        if frame.height() == 0 {
            return Err(Error::input(path, "the table has a header but no rows"));
        }
        Ok(Table { path: path.to_owned(), frame })
    }

    /// A column of finite numbers.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let parse = |(row, cell): (usize, Option<&str>)| {
            let cell = cell.unwrap_or_default().trim();
            // Rust reads `nan` and `inf` as numbers; a score is neither.
            cell.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
                let found = if cell.is_empty() { "the cell is empty".into() } else { format!("found `{cell}`") };
                let place = format!("data row {} (line {} of a plain file)", row + 1, row + 2);
                Error::input(&self.path, format!("column `{name}`, {place}: expected a number, {found}"))
            })
        };
        self.column(name)?.iter().enumerate().map(parse).collect()
    }

    /// The rows by their values in `columns`, in the order of first occurrence; all rows in one when there are none.
    pub(super) fn groups(&self, columns: &[String]) -> Result<Vec<Group>> {
        let columns = columns.iter().map(|name| Ok((name, self.column(name)?))).collect::<Result<Vec<_>>>()?;
        let mut groups: Vec<Group> = Vec::new();
        for row in 0..self.frame.height() {
            let cell = |column: &StringChunked| Value::from(column.get(row).unwrap_or_default());
            let key: Map<String, Value> =
                columns.iter().map(|(name, column)| (name.to_string(), cell(column))).collect();
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        Ok(groups)
    }

    fn column(&self, name: &str) -> Result<&StringChunked> {
        let names = self.frame.get_column_names();
        let column = self.frame.column(name).ok().and_then(|column| column.str().ok());
        column.ok_or_else(|| {
            let similarity = |other: &&&PlSmallStr| strsim::jaro_winkler(&other.to_lowercase(), &name.to_lowercase());
            let nearest = names.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
            let hint = nearest.map_or(String::new(), |nearest| format!("; the nearest is `{nearest}`"));
            Error::input(&self.path, format!("no column `{name}`{hint}"))
        })
    }
}
