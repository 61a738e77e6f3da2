//! A CSV file is read as text, so that a bad cell can be named instead of becoming a null.

use std::fs;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use mos_base::names::nearest;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A group is the value of each group column, and the rows that share these values.
type Group = (Map<String, Value>, Vec<usize>);

/// A table of text cells with a header.
pub(super) struct Table {
    path: PathBuf,
    header: StringRecord,
    rows: Vec<StringRecord>,
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
        let wrong = |error: csv::Error| Error::input(path, format!("not a CSV table: {error}"));
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes.as_slice());
        let header = reader.headers().map_err(wrong)?.clone();
        let rows = reader.records().collect::<csv::Result<Vec<StringRecord>>>().map_err(wrong)?;
        // A row may be shorter than the header, and its last cells are then empty.
        if let Some(row) = rows.iter().find(|row| row.len() > header.len()) {
            let line = row.position().map_or(0, |position| position.line());
            return Err(Error::input(path, format!("not a CSV table: line {line} has more cells than the header")));
        }
        if rows.is_empty() {
            return Err(Error::input(path, "the table has a header but no rows"));
        }
        Ok(Table { path: path.to_owned(), header, rows })
    }

    /// Gives a column of finite numbers.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.column(name)?;
        let parse = |row: usize| {
            let cell = self.rows[row].get(column).unwrap_or_default().trim();
            // Rust reads `nan` and `inf` as numbers; a score is neither.
            cell.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
                let found = if cell.is_empty() { "the cell is empty".into() } else { format!("found `{cell}`") };
                let place = format!("data row {} (line {} of a plain file)", row + 1, row + 2);
                Error::input(&self.path, format!("column `{name}`, {place}: expected a number, {found}"))
            })
        };
        (0..self.rows.len()).map(parse).collect()
    }

    /// Groups the rows by their values in `columns`, in the order of first occurrence. Without columns all rows are one
    /// group.
    pub(super) fn groups(&self, columns: &[String]) -> Result<Vec<Group>> {
        let columns = columns.iter().map(|name| Ok((name, self.column(name)?))).collect::<Result<Vec<_>>>()?;
        let mut groups: Vec<Group> = Vec::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let key: Map<String, Value> = columns
                .iter()
                .map(|(name, column)| (name.to_string(), Value::from(cells.get(*column).unwrap_or_default())))
                .collect();
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        Ok(groups)
    }

    /// Where a column stands.
    fn column(&self, name: &str) -> Result<usize> {
        let names: Vec<&str> = self.header.iter().collect();
        names.iter().position(|known| *known == name).ok_or_else(|| {
            // Whoever mistypes a heading often mistypes its capitals, so they play no part in the comparison.
            let small: Vec<String> = names.iter().map(|known| known.to_lowercase()).collect();
            let small: Vec<&str> = small.iter().map(String::as_str).collect();
            let nearest = nearest(&name.to_lowercase(), &small);
            let place = small.iter().position(|known| *known == nearest);
            let hint = place.map_or(String::new(), |place| format!("; the nearest is `{}`", names[place]));
            Error::input(&self.path, format!("no column `{name}`{hint}"))
        })
    }
}
