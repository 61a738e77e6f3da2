//! An audit checks a run that somebody else made, without trusting its report.
//!
//! The rules are data (`reports/audit/rules.toml`), each with a check. A check counts what it expected and what it found, says how
//! far the numbers were checked, and never takes what it can't tell for a pass.

mod checked;
mod checks;
mod replan;
mod result;
mod rule;
mod statement;
mod subject;

pub use checked::{Mark, Remark};
pub use replan::{experiment, replan};
pub use result::{Audit, audit};
pub use rule::{Layer, Rules, Severity, rules};
pub use statement::statement;
pub use subject::{AuditedRun, Source};
