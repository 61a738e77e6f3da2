//! The seal of a record file is a SHA-256 over the whole file, which stands in the file's metadata.

use mos_base::files::sha256;
use mos_base::plain_text::lfs_pointer;

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
