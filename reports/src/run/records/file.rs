//! This reads and writes a record file as a whole.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use mos_base::files::write_atomic;
use mos_plan::Record;
use mos_plan::record::RECORD_SCHEMA;
use polars_core::prelude::*;
use polars_io::prelude::*;

use super::{columns, seal};
use crate::error::{Error, Result};

/// This entry of the file's metadata says of which version its columns are. Version 1 did not have it.
const VERSION: &str = "schema";

/// Writes `records` as Parquet to `path` and replaces what was there, whole or not at all. The folder is made if it is
/// not there.
///
/// # Errors
/// [`Error::Io`] when the file cannot be written (the disk is full, the folder is a file).
pub fn write_records(path: &Path, records: &[Record]) -> Result<()> {
    let bytes = encode(records, RECORD_SCHEMA).map_err(|reason| Error::records(path, reason))?;
    write_atomic(path, &bytes).map_err(Error::io(path))
}

/// Reads the records of a file that this program or an earlier version of it wrote, in the order in which they were
/// written.
///
/// # Errors
/// [`Error::Io`] when it cannot be read; [`Error::Records`] when it is truncated, altered, of a newer version, or has
/// other columns.
pub fn read_records(path: &Path) -> Result<Vec<Record>> {
    let bytes = fs::read(path).map_err(Error::io(path))?;
    seal::check(&bytes).and_then(|()| decode(bytes)).map_err(|reason| Error::records(path, reason))
}

/// Makes a sealed file that says that it is of this version.
pub(super) fn encode(records: &[Record], version: u32) -> std::result::Result<Vec<u8>, String> {
    let mut frame = columns::to_frame(records).map_err(|error| error.to_string())?;
    let metadata = vec![("seal".to_owned(), seal::blank()), (VERSION.to_owned(), version.to_string())];
    encode_frame(&mut frame, metadata)
}

/// Makes a sealed file of a table, with these entries of metadata.
pub(super) fn encode_frame(
    frame: &mut DataFrame,
    metadata: Vec<(String, String)>,
) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(frame)
        .map_err(|error| error.to_string())?;
    seal::seal(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file whose seal was checked.
pub(super) fn decode(bytes: Vec<u8>) -> std::result::Result<Vec<Record>, String> {
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let version = version(&mut reader)?;
    let frame = reader.finish().map_err(|error| error.to_string())?;
    columns::from_frame(&frame, version)
}

/// Finds the version of a file's columns.
fn version(reader: &mut ParquetReader<Cursor<Vec<u8>>>) -> std::result::Result<u32, String> {
    let metadata = reader.get_metadata().map_err(|error| error.to_string())?;
    let entries = metadata.key_value_metadata().iter().flatten();
    let Some(entry) = entries.into_iter().find(|entry| entry.key == VERSION) else { return Ok(1) };
    let text = entry.value.as_deref().unwrap_or_default();
    let known = text.parse().ok().filter(|version| (2..=RECORD_SCHEMA).contains(version));
    known.ok_or_else(|| format!("its columns are of version {text}, this program reads 1 to {RECORD_SCHEMA}"))
}
