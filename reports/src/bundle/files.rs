//! The files of a bundle that a run has not.

use std::path::{Component, Path};

use mos_base::files::sha256;
use serde::{Deserialize, Serialize};

/// Says what was left out.
pub const BUNDLE: &str = "bundle.json";
/// Holds the hashes of all other files.
pub const SUMS: &str = "SHA256SUMS";
/// Version of the layout of [`BundleFile`].
pub const BUNDLE_SCHEMA: u32 = 1;

/// The contents of `bundle.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// Version of the layout.
    pub schema: u32,
    /// Name of the run.
    pub run: String,
    /// Outputs of jobs that were left out, relative to the run.
    pub left_out: Vec<String>,
}

impl BundleFile {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Fails if it is damaged, or of another version.
    pub fn parse(text: &[u8]) -> Result<BundleFile, String> {
        let file: BundleFile = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        match file.schema {
            BUNDLE_SCHEMA => Ok(file),
            other => Err(format!("its layout is version {other}, this program reads {BUNDLE_SCHEMA}")),
        }
    }
}

/// Tells whether a name is that of a file within the bundle.
pub fn is_within(name: &str) -> bool {
    // A backslash is a separator elsewhere.
    !name.is_empty()
        && !name.contains(['\\', '\0'])
        && Path::new(name).components().all(|component| matches!(component, Component::Normal(_)))
}

/// Writes the hashes of files in the form of `sha256sum`.
pub fn sums(files: &[(String, Vec<u8>)]) -> String {
    files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect()
}

/// Reads lines of `sha256sum`: the name of each file with its hash.
///
/// # Errors
/// Fails at the first line that is none, or whose name leads out of the bundle.
pub fn read_sums(text: &str) -> Result<Vec<(String, String)>, String> {
    let line = |(row, line): (usize, &str)| {
        let entry = line
            .split_once("  ")
            .filter(|(hash, name)| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) && is_within(name));
        entry
            .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
            .ok_or_else(|| format!("line {} is no hash with a name", row + 1))
    };
    text.lines().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_back_and_other_lines_are_refused() {
        let files = vec![("a b.txt".to_owned(), b"x".to_vec()), ("jobs/1/job.json".to_owned(), vec![])];
        let text = sums(&files);
        let read = read_sums(&text).unwrap();
        assert_eq!(read[1].0, "jobs/1/job.json");
        assert_eq!(read[0], ("a b.txt".to_owned(), sha256(b"x")));
        assert!(read_sums("nothing").unwrap_err().contains("line 1"));
        for name in ["", "/dev/zero", "../../etc/passwd", "jobs/../../x", "a\\..\\x"] {
            assert!(
                read_sums(&format!("{text}{}  {name}\n", "0".repeat(64))).unwrap_err().contains("line 3"),
                "{name}"
            );
        }
    }
}
