//! Text for and from people: the nearest known name, names that are safe as folder names, errors in one line.

use anyhow::{Result, bail};

/// The known name that is most like `name`.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> &'a str {
    let similarity = |k: &str| strsim::jaro_winkler(k, name);
    known.iter().copied().max_by(|a, b| similarity(a).total_cmp(&similarity(b))).unwrap_or("")
}

/// Refuses a run name that is not a plain folder name.
pub fn check_run_name(name: &str) -> Result<()> {
    check_name("run", name)
}

/// Refuses a name of `what` that is not a plain file name.
pub fn check_name(what: &str, name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(plain) {
        bail!("{what} name `{name}`: use letters, digits, `-`, `_` and `.`, not starting with `.` (at most 100)");
    }
    Ok(())
}

/// An error with its causes, in one line; libtorch's C++ traces are cut off.
pub fn one_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let lines = text.lines().take_while(|line| !line.starts_with("Exception raised from"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Reads TOML; an error tells line and reason without drawing a picture.
pub fn parse_toml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        anyhow::anyhow!("{at}{}", error.message())
    })
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

    #[test]
    fn errors_fit_one_line() {
        let error =
            anyhow::anyhow!("bad shape\n  [2, 3]\nException raised from f at a.cpp:1\nframe #0").context("work");
        assert_eq!(one_line(&error), "work: bad shape [2, 3]");
        let error = parse_toml::<toml::Table>("a = 1\nb = \"x").unwrap_err();
        assert!(one_line(&error).starts_with("line 2: "), "{error}");
    }
}
