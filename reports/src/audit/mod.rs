//! An audit checks a run that somebody else made, without trusting its report.
//!
//! The rules are data ([`rule`]), each with a check. A check counts what it expected and what it found, says how far the
//! numbers were checked, and never takes what it can't tell for a pass.

mod checked;
mod checks;
mod replan;
mod result;
mod rule;
mod subject;

pub use checked::{Mark, Remark};
pub use result::{Audit, Source, audit};
pub use rule::{Layer, Rules, Severity, rules};
