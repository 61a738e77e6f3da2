//! This says in sentences why the sign of the gaps matters.

use crate::page::format::list;
use crate::sections::report::Report;

/// Says which compared methods are ahead of training from scratch on validation, and what follows; empty where none is.
pub fn below_zero(report: &Report) -> String {
    let ahead = &report.ahead;
    if ahead.is_empty() {
        return String::new();
    }
    format!(
        "Own scores decide here: on validation the mean signed gap of {} is below zero. The shared weights do better \
         than training from scratch, so an absolute gap grows as a supernet gets better. With few data and several \
         passes over them that says something about regularisation, not that weight sharing costs nothing.",
        list(ahead)
    )
}
