//! Each verb of `mos-reports` has a file, and returns what it prints.

mod audit;
mod bundle;
mod gap;
mod import;
mod json;
mod regress;
mod report;
mod score;

pub use audit::audit;
pub use bundle::bundle;
pub use gap::gap;
pub use import::import;
pub use regress::regress;
pub use report::report;
pub use score::score;

/// What a verb has to say.
pub struct Output {
    /// The text for standard output.
    pub text: String,
    /// What failed beside it.
    pub trouble: Option<anyhow::Error>,
    /// The exit code where nothing failed.
    pub code: u8,
}

impl From<String> for Output {
    fn from(text: String) -> Output {
        Output { text, trouble: None, code: 0 }
    }
}
