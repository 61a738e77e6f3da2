//! The history is a folder with one sealed Parquet file a night.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mos_base::files::write_atomic;
use polars_core::prelude::*;

use super::row::{HistoryRow, RowKind};
use crate::error::{Error, Result};
use crate::sealed;

/// This entry of a file's metadata says of which version its columns are.
const VERSION: &str = "history";
/// The version that is written.
const SCHEMA: u32 = 2;
/// The ending of a night's file.
const ENDING: &str = "parquet";

/// Writes the rows of one night into the folder, as a file of its own.
///
/// # Errors
/// This fails when the rows are not all of one night and commit, when the night is there already, or the folder can't be
/// written.
pub fn append(folder: &Path, rows: &[HistoryRow]) -> Result<PathBuf> {
    let Some(first) = rows.first() else { return Err(Error::Run("a night without rows is no night".to_owned())) };
    if rows.iter().any(|row| (&row.night, &row.commit) != (&first.night, &first.commit)) {
        return Err(Error::Run("the rows of a night are of one night and one commit".to_owned()));
    }
    let of_night =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&first.night));
    if let Some(there) = files(folder)?.into_iter().find(of_night) {
        return Err(Error::input(
            &there,
            format!("the night {} is there already; nothing is ever replaced", first.night),
        ));
    }
    let path = folder.join(format!("{}-{}.{ENDING}", first.night, short(&first.commit)));
    let mut frame = frame(rows).map_err(|error| Error::records(&path, error.to_string()))?;
    let metadata = vec![("seal".to_owned(), sealed::blank()), (VERSION.to_owned(), SCHEMA.to_string())];
    let bytes = sealed::encode(&mut frame, metadata).map_err(|reason| Error::records(&path, reason))?;
    write_atomic(&path, &bytes).map_err(Error::io(&path))?;
    Ok(path)
}

/// Gives the first letters of a commit's name.
pub fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

/// Reads every night, in the order of the nights.
///
/// # Errors
/// This fails when a file is damaged, is no night, or holds another night than its name says; the file is named.
pub fn read_history(folder: &Path) -> Result<Vec<HistoryRow>> {
    let mut rows = Vec::new();
    let mut nights = BTreeSet::new();
    for path in files(folder)? {
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        let damaged = |reason: String| Error::records(&path, reason);
        sealed::check(&bytes).map_err(damaged)?;
        let (frame, version) = sealed::decode(bytes, VERSION, SCHEMA).map_err(damaged)?;
        if version != SCHEMA {
            return Err(damaged("it is no night of a history".to_owned()));
        }
        let of_file = read(&frame).map_err(damaged)?;
        let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if let Some(other) = of_file.iter().find(|row| !name.starts_with(&row.night)) {
            return Err(damaged(format!("it holds the night {}, which its name does not say", other.night)));
        }
        let night = of_file.first().map(|row| row.night.clone()).unwrap_or_default();
        if !nights.insert(night.clone()) {
            return Err(damaged(format!("the night {night} stands twice")));
        }
        rows.extend(of_file);
    }
    Ok(rows)
}

/// Gives the files of the nights, sorted; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(vec![]);
    }
    let entries = fs::read_dir(folder).map_err(Error::io(folder))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
    files.sort();
    Ok(files)
}

fn frame(rows: &[HistoryRow]) -> PolarsResult<DataFrame> {
    let text =
        |name: &str, of: fn(&HistoryRow) -> &str| Column::new(name.into(), rows.iter().map(of).collect::<Vec<&str>>());
    DataFrame::new(
        rows.len(),
        vec![
            text("night", |row| &row.night),
            text("commit", |row| &row.commit),
            text("base", |row| &row.base),
            text("benchmark", |row| &row.benchmark),
            text("metric", |row| &row.metric),
            text("kind", |row| row.kind.name()),
            Column::new("repetition".into(), rows.iter().map(|row| row.repetition).collect::<Vec<i64>>()),
            Column::new("value".into(), rows.iter().map(|row| row.value).collect::<Vec<f64>>()),
            text("machine", |row| &row.machine),
            text("software", |row| &row.software),
        ],
    )
}

fn read(frame: &DataFrame) -> std::result::Result<Vec<HistoryRow>, String> {
    let column = |name: &str| frame.column(name).map_err(|error| error.to_string());
    let text = |name: &str| -> std::result::Result<StringChunked, String> {
        Ok(column(name)?.str().map_err(|error| error.to_string())?.clone())
    };
    let (night, commit, base, benchmark) = (text("night")?, text("commit")?, text("base")?, text("benchmark")?);
    let (metric, kind, machine, software) = (text("metric")?, text("kind")?, text("machine")?, text("software")?);
    let repetition = column("repetition")?.i64().map_err(|error| error.to_string())?.clone();
    let value = column("value")?.f64().map_err(|error| error.to_string())?.clone();
    let empty = |row: usize| format!("row {row}: it has an empty cell");
    let row = |row: usize| -> std::result::Result<HistoryRow, String> {
        let cell = |column: &StringChunked| column.get(row).map(str::to_owned).ok_or_else(|| empty(row));
        let kind = cell(&kind)?;
        let known = RowKind::ALL.into_iter().find(|known| known.name() == kind);
        let value =
            value.get(row).filter(|value| value.is_finite()).ok_or_else(|| format!("row {row}: it has no number"))?;
        Ok(HistoryRow {
            night: cell(&night)?,
            commit: cell(&commit)?,
            base: cell(&base)?,
            benchmark: cell(&benchmark)?,
            metric: cell(&metric)?,
            kind: known.ok_or_else(|| format!("row {row}: `{kind}` is no kind of this version"))?,
            repetition: repetition.get(row).ok_or_else(|| empty(row))?,
            value,
            machine: cell(&machine)?,
            software: cell(&software)?,
        })
    };
    (0..frame.height()).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(date: &str, commit: &str) -> Vec<HistoryRow> {
        let row = |(i, kind): (usize, RowKind)| HistoryRow {
            night: date.to_owned(),
            commit: commit.to_owned(),
            base: "base".to_owned(),
            benchmark: "mt-smoke".to_owned(),
            metric: "loss".to_owned(),
            kind,
            repetition: i as i64,
            value: 0.1 * i as f64,
            machine: "cpu".to_owned(),
            software: "rustc".to_owned(),
        };
        RowKind::ALL.into_iter().enumerate().map(row).collect()
    }

    #[test]
    fn nights_are_read_back_in_order_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        append(folder.path(), &night("2026-11-02", "bbbbbbbbbbbb")).unwrap();
        append(folder.path(), &night("2026-11-01", "aaaaaaaaaaaa")).unwrap();
        let rows = read_history(folder.path()).unwrap();
        assert_eq!(rows, [night("2026-11-01", "aaaaaaaaaaaa"), night("2026-11-02", "bbbbbbbbbbbb")].concat());
        let error = append(folder.path(), &night("2026-11-01", "cccccccc")).unwrap_err().to_string();
        assert!(error.contains("2026-11-01-aaaaaaaa.parquet") && error.contains("already"), "{error}");
        assert!(append(folder.path(), &[]).is_err());
        assert_eq!(read_history(&folder.path().join("none")).unwrap(), []);
    }

    #[test]
    fn a_damaged_renamed_or_foreign_night_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = append(folder.path(), &night("2026-11-01", "aaaaaaaa")).unwrap();
        let good = fs::read(&path).unwrap();
        let refused = |name: &str, bytes: &[u8], part: &str| {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), bytes).unwrap();
            let error = read_history(folder.path()).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(part) && !error.contains('\n'), "{error}");
        };
        refused("2026-11-01-aaaaaaaa.parquet", &good[..good.len() / 2], "cut");
        refused("2026-11-02-aaaaaaaa.parquet", &good, "the night 2026-11-01, which its name does not say");
        let twice = tempfile::tempdir().unwrap();
        for name in ["2026-11-01-aaaaaaaa.parquet", "2026-11-01-bbbbbbbb.parquet"] {
            fs::write(twice.path().join(name), &good).unwrap();
        }
        assert!(read_history(twice.path()).unwrap_err().to_string().contains("stands twice"));
        let records = tempfile::tempdir().unwrap();
        crate::write_records(&records.path().join("x.parquet"), &[]).unwrap();
        let records = fs::read(records.path().join("x.parquet")).unwrap();
        refused("2026-11-01-aaaaaaaa.parquet", &records, "no night of a history");
    }
}
