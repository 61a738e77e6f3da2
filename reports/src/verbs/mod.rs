//! Each verb of `mos-reports` has a file, and returns what it prints.

mod audit;
mod bundle;
mod compare;
mod gap;
mod import;
mod json;
mod night;
mod regress;
mod report;
mod score;

use std::env;
use std::path::PathBuf;

pub use audit::audit;
pub use bundle::bundle;
pub use compare::compare;
pub use gap::gap;
pub use import::import;
pub use night::night;
pub use regress::regress;
pub use report::report;
pub use score::score;

/// Gives the folder that holds runs and the history: the checkout, which `cargo xtask` names, or the current folder.
fn root() -> PathBuf {
    env::var_os("MOS_ROOT").map_or_else(PathBuf::new, PathBuf::from)
}

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
