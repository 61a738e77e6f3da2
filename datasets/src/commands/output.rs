//! A command gives an output at its end, and says on the way how far it is.

/// What a command prints on standard output, and whether all was well.
pub struct Output {
    /// The text.
    pub text: String,
    /// Whether the exit status is that of success.
    pub good: bool,
}

/// Tells a step on standard error, in one line.
pub fn progress(line: &str) {
    eprintln!("data: {line}");
}

/// A JSON document as text.
pub fn document(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
