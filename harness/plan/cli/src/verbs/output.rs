//! Writes to standard output.

use std::io::Write;

use anyhow::Result;

/// Prints a text. It is no fault if the reader has seen enough and closes the pipe (`cargo xtask arch ... | head`).
pub fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
