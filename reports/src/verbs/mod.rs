//! Each verb of `mos-reports` has a file, and returns what it prints.

mod gap;
mod json;
mod report;
mod score;

pub use gap::gap;
pub use report::report;
pub use score::score;
