//! The seal of a record file is a SHA-256 over the whole file, which stands in the file's metadata.

use mos_base::files::sha256;

/// The seal's value starts with this. It is unlikely enough for the seal to be found by searching for it.
const MARK: &str = "mos-records-sha256:";
/// A SHA-256 has so many hex digits.
const DIGITS: usize = 64;

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

/// Refuses bytes whose seal is absent or does not match. This is done before the Parquet reader sees them, which is not
/// made to survive damaged input.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let digits = position(bytes)?;
    let mut blanked = bytes.to_vec();
    blanked[digits..digits + DIGITS].fill(b'0');
    if sha256(&blanked).as_bytes() == &bytes[digits..digits + DIGITS] {
        Ok(())
    } else {
        Err("its contents do not match its checksum: it was altered or damaged; restore it or run its job again".into())
    }
}

/// Finds where the seal's digits start. The mark is searched for from the end, where Parquet keeps its metadata.
fn position(bytes: &[u8]) -> Result<usize, String> {
    bytes
        .windows(MARK.len())
        .rposition(|window| window == MARK.as_bytes())
        .map(|start| start + MARK.len())
        .filter(|digits| digits + DIGITS <= bytes.len())
        .ok_or_else(|| "it carries no checksum: truncated, or not written by this program".into())
}
