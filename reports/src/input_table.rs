//! A CSV file is read as text, so that a bad cell can be named instead of becoming a null.

use std::fs;
use std::path::{Path, PathBuf};

use mos_base::names::nearest;
use mos_base::table::TextTable;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A group is the value of each group column, and the rows that share these values.
type Group = (Map<String, Value>, Vec<usize>);

/// A table of text cells with a header.
pub struct InputTable {
    path: PathBuf,
    text: TextTable,
}

impl InputTable {
    /// Reads a file.
    ///
    /// # Errors
    /// This fails when it cannot be read, or is no such table.
    pub fn read(path: &Path) -> Result<InputTable> {
        let bytes = fs::read(path).map_err(Error::io(path))?;
        let text = TextTable::parse(&bytes).map_err(|reason| Error::input(path, reason))?;
        Ok(InputTable { path: path.to_owned(), text })
    }

    /// Counts the rows.
    pub fn len(&self) -> usize {
        self.text.rows.len()
    }

    /// Gives a column of texts, without the blanks around them.
    ///
    /// # Errors
    /// This fails when there is no such column, and names the nearest.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        let column = self.column(name)?;
        let cell = |row: &mos_base::table::Row| row.cells.get(column).unwrap_or_default().trim().to_owned();
        Ok(self.text.rows.iter().map(cell).collect())
    }

    /// Makes an error about a data row, counted from 0.
    pub fn error(&self, row: usize, reason: impl std::fmt::Display) -> Error {
        let line = self.text.rows.get(row).map_or(0, |row| row.line);
        Error::input(&self.path, format!("data row {} (line {line}): {reason}", row + 1))
    }

    /// Gives a column of finite numbers.
    ///
    /// # Errors
    /// This fails when there is no such column, or a cell holds something else.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.column(name)?;
        let parse = |row: usize| {
            let cell = self.text.rows[row].cells.get(column).unwrap_or_default().trim();
            // Rust reads `nan` and `inf` as numbers; a score is neither.
            cell.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
                let found = match cell {
                    "" => "the cell is empty".to_string(),
                    _ if cell.replacen(',', ".", 1).parse::<f64>().is_ok() => {
                        format!("found `{cell}`; write decimals with a point")
                    }
                    _ => format!("found `{cell}`"),
                };
                let place = format!("data row {} (line {})", row + 1, self.text.rows[row].line);
                Error::input(&self.path, format!("column `{name}`, {place}: expected a number, {found}"))
            })
        };
        (0..self.text.rows.len()).map(parse).collect()
    }

    /// Groups the rows by their values in `columns`, in the order of first occurrence. Without columns all rows are one
    /// group.
    pub fn groups(&self, columns: &[String]) -> Result<Vec<Group>> {
        let columns = columns.iter().map(|name| Ok((name, self.column(name)?))).collect::<Result<Vec<_>>>()?;
        let mut groups: Vec<Group> = Vec::new();
        for (row, text) in self.text.rows.iter().enumerate() {
            let key: Map<String, Value> = columns
                .iter()
                .map(|(name, column)| (name.to_string(), Value::from(text.cells.get(*column).unwrap_or_default())))
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
        let names = &self.text.header;
        let found = self.text.column(name).map_err(|reason| Error::input(&self.path, reason))?;
        found.ok_or_else(|| {
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
