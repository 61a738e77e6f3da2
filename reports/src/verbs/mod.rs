//! Each verb of `mos-reports` has a file, and returns what it prints.

mod gap;
mod import;
mod json;
mod report;
mod score;

pub use gap::gap;
pub use import::import;
pub use report::report;
pub use score::score;

/// What a verb has to say.
pub struct Output {
    /// The text for standard output.
    pub text: String,
    /// What failed beside it.
    pub trouble: Option<anyhow::Error>,
}

impl From<String> for Output {
    fn from(text: String) -> Output {
        Output { text, trouble: None }
    }
}
