//! The summary stands under the page's title. Every sentence is computed from the records.

mod words;

use super::report::Report;
use super::{comparisons, gaps, pareto, retraining};

/// Says what was found, paragraph by paragraph, and then what the scale cannot show.
pub fn paragraphs(report: &Report) -> Vec<String> {
    let found = [
        words::compared(report),
        gaps::words::sizes(report),
        gaps::words::below_zero(report),
        comparisons::words::verdicts(report),
        comparisons::words::credit(report),
        comparisons::words::own_gains(report),
    ];
    let found = found.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ");
    let paragraphs =
        [found, retraining::words::savings(report), pareto::words::tradeoff(report), words::limits(report)];
    paragraphs.into_iter().filter(|text| !text.is_empty()).collect()
}
