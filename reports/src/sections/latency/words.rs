//! This says in sentences how steady the measurements were.

use crate::page::format::fixed;
use crate::sections::report::Report;

/// Says whether the latencies can be relied on.
pub fn steadiness(report: &Report) -> String {
    let (bad, all) = report.latencies.unsteady();
    let limit = report.latencies.max_spread.map_or(String::new(), |share| format!(" of {}%", fixed(100.0 * share, 0)));
    let found = format!("{} of {} measurements had a spread above the limit{limit}", bad as i64, all as i64);
    match (bad, all) {
        (_, 0.0) => "Steadiness of the measurements: not available.".to_owned(),
        (0.0, _) => format!("All {} measurements stayed within the limit{limit} on their spread.", all as i64),
        _ if 2.0 * bad >= all => format!(
            "These latencies are too unsteady to rely on: {found}. What is of like latency cannot be told apart, \
             and whatever rests on these measurements inherits that. Measure again on a quiet machine."
        ),
        _ => format!("{found}. Differences of that size between subnets mean nothing."),
    }
}

/// Says how many of the measurements behind the fronts are unsteady; empty where none is.
pub fn unsteady_subnets(report: &Report) -> String {
    let judged = report.latencies.max_spread.map(|limit| report.latencies.unsteady_subnets(limit));
    match judged {
        Some((bad, all)) if bad > 0 => format!(" Of the latency measurements behind it {bad} of {all} are unsteady."),
        _ => String::new(),
    }
}
