//! This says in sentences how large the gaps are.

use crate::page::format::{fixed, list};
use crate::sections::report::Report;

/// States the mean absolute gaps, smallest first.
pub fn sizes(report: &Report) -> String {
    let primary = report.run.primary;
    let mut sizes: Vec<(f64, &str)> =
        report.gaps.iter().filter_map(|g| Some((g.gap.mae.value?, g.method.as_str()))).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    if sizes.is_empty() {
        return String::new();
    }
    let each: Vec<String> =
        sizes.iter().map(|(mae, method)| format!("{} for {method}", fixed(*mae, primary.decimals()))).collect();
    format!("The mean absolute gap ({}) is {}.", primary.unit(), list(&each))
}

/// Says which methods are ahead of training from scratch, and what that means; empty where none is.
pub fn below_zero(report: &Report) -> String {
    let ahead: Vec<String> = report
        .gaps
        .iter()
        .filter(|g| g.gap.mean_gap.value.is_some_and(|v| v < 0.0))
        .map(|g| g.method.clone())
        .collect();
    if ahead.is_empty() {
        return String::new();
    }
    format!(
        "For {} the mean signed gap is below zero: the shared weights do better than training from scratch. With few \
         data and several passes over them that says something about regularisation, not that weight sharing costs \
         nothing.",
        list(&ahead)
    )
}
