//! Labelled examples stand in columns of text and one column of labels: classes as whole numbers, or ratings.

use super::table::Table;
use crate::error::Result;
use polars_core::prelude::{DataFrame, DataType, PolarsError};
use std::path::Path;

/// A row has its texts and its label; a null is `None`.
pub type LabelledRow = (Vec<Option<String>>, Option<f64>);

/// Reads all rows of a file, of these text columns and this column of labels.
pub fn read(path: &Path, texts: &[&str], label: &str) -> Result<Vec<LabelledRow>> {
    let table = Table::open(path)?;
    for column in texts {
        let kind = table.column(column)?;
        if *kind != DataType::String {
            return Err(table.wrong(format!("column '{column}' is no text but {kind}")));
        }
    }
    let kind = table.column(label)?;
    if !kind.is_primitive_numeric() {
        return Err(table.wrong(format!("column '{label}' is no number but {kind}")));
    }
    let take = |frame: &DataFrame| -> std::result::Result<Vec<LabelledRow>, PolarsError> {
        let labels = frame.column(label)?.cast(&DataType::Float64)?;
        let mut rows: Vec<LabelledRow> = labels.f64()?.iter().map(|label| (vec![], label)).collect();
        for column in texts {
            for (row, text) in rows.iter_mut().zip(frame.column(column)?.str()?.iter()) {
                row.0.push(text.map(str::to_string));
            }
        }
        Ok(rows)
    };
    let columns = [texts, &[label]].concat();
    let mut rows = vec![];
    table.read(&columns, take, &mut |slice| {
        rows.extend(slice);
        Ok(())
    })?;
    Ok(rows)
}
