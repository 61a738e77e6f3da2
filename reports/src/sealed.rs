//! A Parquet file that this program writes is sealed: a SHA-256 over the whole file stands in the file's metadata.
//!
//! Seal and version are entries of the file's own metadata, so that they cannot be separated from the rows.

use std::io::Cursor;

use mos_base::files::sha256;
use mos_base::plain_text::lfs_pointer;
use polars_core::prelude::*;
use polars_io::prelude::*;

/// The seal's value starts with this. It is unlikely enough for the seal to be found by searching for it.
const MARK: &str = "mos-records-sha256:";
/// A SHA-256 has so many hex digits.
const DIGITS: usize = 64;
/// A Parquet file starts and ends with these bytes.
const PARQUET: &[u8] = b"PAR1";
/// The name of the program that wrote a Parquet file stands in its last bytes, at most so far from the end.
const FOOTER: usize = 1 << 16;
/// By these names other programs sign the Parquet files that they write.
const OTHER_WRITERS: [&str; 5] = ["parquet-cpp-arrow", "parquet-mr", "DuckDB", "fastparquet", "parquet-rs"];
/// The way out of a file that is not whole.
const RESTORE: &str = "; copy it again from where it is whole, or run its job again";

/// Gives the seal's value before the file's hash is known.
pub fn blank() -> String {
    format!("{MARK}{}", "0".repeat(DIGITS))
}

/// Makes a sealed file of a table, with these entries of metadata, of which the one with the name `seal` is a [`blank`] seal.
///
/// # Errors
/// It is an error when the table can't be written.
pub fn encode(frame: &mut DataFrame, metadata: Vec<(String, String)>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(frame)
        .map_err(|error| error.to_string())?;
    seal(&mut bytes)?;
    Ok(bytes)
}

/// Reads the table of a file whose seal was checked, and the version of its columns, which stands under this name in its
/// metadata. A file without that entry is of version 1.
///
/// # Errors
/// It is an error when the table can't be read, or its version is none that this program knows.
pub fn decode(bytes: Vec<u8>, name: &str, newest: u32) -> Result<(DataFrame, u32), String> {
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let metadata = reader.get_metadata().map_err(|error| error.to_string())?;
    let mut entries = metadata.key_value_metadata().iter().flatten();
    let version = match entries.find(|entry| entry.key == name) {
        None => 1,
        Some(entry) => {
            let text = entry.value.as_deref().unwrap_or_default();
            let known = text.parse().ok().filter(|version| (2..=newest).contains(version));
            known.ok_or_else(|| format!("its columns are of version {text}, this program reads 1 to {newest}"))?
        }
    };
    Ok((reader.finish().map_err(|error| error.to_string())?, version))
}

/// Fills in the seal of a file that holds a [`blank`] one.
///
/// # Errors
/// It is an error when the file holds none.
pub fn seal(bytes: &mut [u8]) -> Result<(), String> {
    let digits = position(bytes)?;
    let seal = sha256(bytes);
    bytes[digits..digits + DIGITS].copy_from_slice(seal.as_bytes());
    Ok(())
}

/// Refuses bytes whose seal is absent or does not match, and says what became of them. This is done before the Parquet
/// reader sees them, which is not made to survive damaged input.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    if let Some(pointer) = lfs_pointer(bytes) {
        return Err(pointer.to_string());
    }
    if !bytes.starts_with(PARQUET) {
        return Err(if bytes.is_empty() { "it is empty" } else { "it is no Parquet file" }.to_string() + RESTORE);
    }
    if bytes.len() == PARQUET.len() || !bytes.ends_with(PARQUET) {
        return Err(format!("it is cut: its end is missing behind byte {}{RESTORE}", bytes.len()));
    }
    let Ok(digits) = position(bytes) else {
        return Err(format!("it carries no checksum: {}", saved_by(writer(bytes))));
    };
    let mut blanked = bytes.to_vec();
    blanked[digits..digits + DIGITS].fill(b'0');
    if sha256(&blanked).as_bytes() == &bytes[digits..digits + DIGITS] {
        return Ok(());
    }
    let reason =
        writer(bytes).map_or_else(|| format!("it was altered or damaged{RESTORE}"), |name| saved_by(Some(name)));
    Err(format!("its contents do not match its checksum: {reason}"))
}

/// Says that another program wrote the file.
fn saved_by(writer: Option<&str>) -> String {
    let by = writer.map(|name| format!(" ({name})")).unwrap_or_default();
    format!(
        "another program{by} saved it, and nothing tells whether the rows are those measured; use the file as it was"
    )
}

/// Names the other program that wrote a Parquet file, where its footer holds a known name.
fn writer(bytes: &[u8]) -> Option<&'static str> {
    let footer = &bytes[bytes.len().saturating_sub(FOOTER)..];
    let holds = |name: &&str| footer.windows(name.len()).any(|window| window == name.as_bytes());
    OTHER_WRITERS.into_iter().find(holds)
}

/// Finds where the seal's digits start. The mark is searched for from the end, where Parquet keeps its metadata.
///
/// # Errors
/// It is an error when there is no whole seal.
fn position(bytes: &[u8]) -> Result<usize, String> {
    bytes
        .windows(MARK.len())
        .rposition(|window| window == MARK.as_bytes())
        .map(|start| start + MARK.len())
        .filter(|digits| digits + DIGITS <= bytes.len())
        .ok_or_else(|| "it carries no checksum".into())
}
