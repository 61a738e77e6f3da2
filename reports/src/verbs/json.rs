//! This makes what `--json` prints.

use anyhow::Result;

/// Writes one JSON document with a final line end.
pub fn json(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
