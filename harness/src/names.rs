//! Names that people type: the nearest known one, and names that are safe as folder names.

use anyhow::{Result, bail};

/// The known name that is most like `name`.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> &'a str {
    let similarity = |k: &str| strsim::jaro_winkler(k, name);
    known.iter().copied().max_by(|a, b| similarity(a).total_cmp(&similarity(b))).unwrap_or("")
}

/// Refuses a run name that is not a plain folder name.
pub fn check_run_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(plain) {
        bail!("run name `{name}`: use letters, digits, `-`, `_` and `.`, not starting with `.` (at most 100)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_names_cannot_leave_the_runs_folder() {
        for bad in ["", "..", "../x", "a/b", ".hidden", "/abs", "a b"] {
            assert!(check_run_name(bad).is_err(), "{bad}");
        }
        check_run_name("quick-bible-en-fr_2.1").unwrap();
    }
}
