//! Record files: one Parquet table of [`Record`] rows, sealed with a SHA-256 over the whole file.
//!
//! Any Parquet reader can open the table. The seal is an entry of the file's own metadata, so that it cannot be
//! separated from the rows: [`read_records`] refuses a file of which a single byte was changed or lost.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use polars::prelude::*;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::schema::Record;

/// What the seal's value starts with; unlikely enough to find the seal by searching for it.
const SEAL_MARK: &str = "mos-records-sha256:";
/// Hex digits of a SHA-256.
const SEAL_DIGITS: usize = 64;

/// Writes `records` as Parquet to `path`, replacing what was there, through a temporary file that is synced and then
/// renamed.
///
/// # Errors
/// [`Error::Io`] when the file cannot be written (disk full, no such folder).
pub fn write_records(path: &Path, records: &[Record]) -> Result<()> {
    let bytes = encode(records).map_err(|error| Error::records(path, error.to_string()))?;
    write_atomically(path, &bytes)
}

/// Reads the records of a file that [`write_records`] wrote, in the order in which they were written.
///
/// # Errors
/// [`Error::Io`] when it cannot be read; [`Error::Records`] when it is truncated, altered, or has other columns.
pub fn read_records(path: &Path) -> Result<Vec<Record>> {
    let bytes = fs::read(path).map_err(Error::io(path))?;
    check_seal(&bytes).map_err(|reason| Error::records(path, reason))?;
    decode(bytes).map_err(|error| Error::records(path, error.to_string()))
}

/// Writes `bytes` to a temporary file beside `path`, syncs it and renames it to `path`.
///
/// # Errors
/// [`Error::Io`] naming `path`.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    // `Path::parent` of a bare file name is the empty path, which no system call accepts.
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        // A temporary file is private by default; a record file is like any other, as the user's umask says.
        let mode = fs::Permissions::from_mode(0o666);
        let mut file = tempfile::Builder::new().prefix(".partial-").permissions(mode).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(Error::io(path))
}

/// The table's columns, in order. A file with any other set is refused.
fn schema() -> Schema {
    Schema::from_iter([
        Field::new("job_id".into(), DataType::String),
        Field::new("track".into(), DataType::String),
        Field::new("dataset".into(), DataType::String),
        Field::new("profile".into(), DataType::String),
        Field::new("method".into(), DataType::String),
        Field::new("seed".into(), DataType::Int64),
        Field::new("subnet".into(), DataType::String),
        Field::new("split".into(), DataType::String),
        Field::new("metric".into(), DataType::String),
        Field::new("step".into(), DataType::Int64),
        Field::new("value".into(), DataType::Float64),
        Field::new("loaded".into(), DataType::Boolean),
    ])
}

fn encode(records: &[Record]) -> PolarsResult<Vec<u8>> {
    let text =
        |name: &str, get: fn(&Record) -> &str| Column::new(name.into(), records.iter().map(get).collect::<Vec<&str>>());
    let integer =
        |name: &str, get: fn(&Record) -> i64| Column::new(name.into(), records.iter().map(get).collect::<Vec<i64>>());
    let mut frame = DataFrame::new(
        records.len(),
        vec![
            text("job_id", |r| &r.job_id),
            text("track", |r| &r.track),
            text("dataset", |r| &r.dataset),
            text("profile", |r| &r.profile),
            text("method", |r| &r.method),
            integer("seed", |r| r.seed),
            text("subnet", |r| &r.subnet),
            text("split", |r| &r.split),
            text("metric", |r| &r.metric),
            integer("step", |r| r.step),
            Column::new("value".into(), records.iter().map(|r| r.value).collect::<Vec<f64>>()),
            Column::new("loaded".into(), records.iter().map(|r| r.loaded).collect::<Vec<bool>>()),
        ],
    )?;
    let blank = format!("{SEAL_MARK}{}", "0".repeat(SEAL_DIGITS));
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(vec![("seal".into(), blank)])))
        .finish(&mut frame)?;
    let digits = seal_position(&bytes).map_err(|reason| polars_err!(ComputeError: "{reason}"))?;
    let seal = hex_digest(&bytes);
    bytes[digits..digits + SEAL_DIGITS].copy_from_slice(seal.as_bytes());
    Ok(bytes)
}

/// Refuses bytes whose seal is absent or does not match. Done before the Parquet reader sees them: it is not made to
/// survive damaged input.
fn check_seal(bytes: &[u8]) -> std::result::Result<(), String> {
    let digits = seal_position(bytes)?;
    let mut blanked = bytes.to_vec();
    blanked[digits..digits + SEAL_DIGITS].fill(b'0');
    if hex_digest(&blanked).as_bytes() == &bytes[digits..digits + SEAL_DIGITS] {
        Ok(())
    } else {
        Err("its contents do not match its checksum: it was altered or damaged; restore it or run its job again".into())
    }
}

/// Where the seal's digits start. The mark is searched from the end, where Parquet keeps its metadata.
fn seal_position(bytes: &[u8]) -> std::result::Result<usize, String> {
    bytes
        .windows(SEAL_MARK.len())
        .rposition(|window| window == SEAL_MARK.as_bytes())
        .map(|start| start + SEAL_MARK.len())
        .filter(|digits| digits + SEAL_DIGITS <= bytes.len())
        .ok_or_else(|| "it carries no checksum: truncated, or not written by this program".into())
}

fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(bytes: Vec<u8>) -> PolarsResult<Vec<Record>> {
    let frame = ParquetReader::new(Cursor::new(bytes)).finish()?;
    if **frame.schema() != schema() {
        polars_bail!(SchemaMismatch: "its columns are not those of this version: {:?}", frame.get_column_names());
    }
    let text = |name: &str| Ok::<_, PolarsError>(frame.column(name)?.as_materialized_series().str()?.clone());
    let [job_id, track, dataset, profile] = [text("job_id")?, text("track")?, text("dataset")?, text("profile")?];
    let [method, subnet, split, metric] = [text("method")?, text("subnet")?, text("split")?, text("metric")?];
    let (seed, step) = (frame.column("seed")?.i64()?, frame.column("step")?.i64()?);
    let (value, loaded) = (frame.column("value")?.f64()?, frame.column("loaded")?.bool()?);
    let row = |i: usize| {
        Some(Record {
            job_id: job_id.get(i)?.to_owned(),
            track: track.get(i)?.to_owned(),
            dataset: dataset.get(i)?.to_owned(),
            profile: profile.get(i)?.to_owned(),
            method: method.get(i)?.to_owned(),
            seed: seed.get(i)?,
            subnet: subnet.get(i)?.to_owned(),
            split: split.get(i)?.to_owned(),
            metric: metric.get(i)?.to_owned(),
            step: step.get(i)?,
            value: value.get(i)?,
            loaded: loaded.get(i)?,
        })
    };
    (0..frame.height()).map(|i| row(i).ok_or_else(|| polars_err!(ComputeError: "row {i} has an empty cell"))).collect()
}

#[cfg(test)]
mod tests;
