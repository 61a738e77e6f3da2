//! This reads and writes a record file as a whole.

use std::fs;
use std::path::Path;

use mos_base::files::write_atomic;
use mos_plan::Record;
use mos_plan::record::RECORD_SCHEMA;

use super::columns;
use crate::error::{Error, Result};
use crate::sealed;

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
    sealed::check(&bytes).and_then(|()| decode(bytes)).map_err(|reason| Error::records(path, reason))
}

/// Makes a sealed file that says that it is of this version.
pub(super) fn encode(records: &[Record], version: u32) -> std::result::Result<Vec<u8>, String> {
    let mut frame = columns::to_frame(records).map_err(|error| error.to_string())?;
    let metadata = vec![("seal".to_owned(), sealed::blank()), (VERSION.to_owned(), version.to_string())];
    sealed::encode(&mut frame, metadata)
}

/// Reads a file whose seal was checked.
pub(super) fn decode(bytes: Vec<u8>) -> std::result::Result<Vec<Record>, String> {
    let (frame, version) = sealed::decode(bytes, VERSION, RECORD_SCHEMA)?;
    columns::from_frame(&frame, version)
}
