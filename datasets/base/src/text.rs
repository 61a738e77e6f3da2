//! A person reads errors in one line, be they errors of many lines or errors of TOML files.

use serde::de::DeserializeOwned;

/// Puts a text in one line, with one space between two words. The trace that libtorch adds to its errors is cut off.
pub fn one_line(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("Exception raised from"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// This says why a TOML text cannot be read, as `line N: reason`, without the picture that the parser draws.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct TomlError {
    /// The line, counted from 1, where the parser tells one.
    pub line: Option<usize>,
    /// What is wrong there.
    pub reason: String,
}

/// Reads a TOML text.
pub fn parse_toml<T: DeserializeOwned>(text: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        TomlError { line, reason: error.message().to_string() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lines_become_one_and_a_trace_is_cut_off() {
        let text = "work: bad shape\n  [2,\t3]\n\nException raised from f at a.cpp:1\nframe #0";
        assert_eq!(one_line(text), "work: bad shape [2, 3]");
    }

    #[test]
    fn a_toml_error_names_its_line() {
        let error = parse_toml::<toml::Table>("a = 1\nb = \"x").unwrap_err();
        assert_eq!(error.line, Some(2));
        assert_eq!(error.to_string(), format!("line 2: {}", error.reason));
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
        let error = TomlError { line: None, reason: "missing field".into() };
        assert_eq!(error.to_string(), "missing field");
    }
}
