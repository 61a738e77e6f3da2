//! The summary is the first screen: the run's questions with their answers, and below them what numbers cannot say.
//! All of it is computed from the records.

mod answers;
mod cost;
mod counts;
mod words;

use super::gaps;
use super::report::Report;
use super::result;
pub use answers::answers;

/// Says what was compared, why own scores decide where they do, what failed, and what the scale cannot show.
pub fn paragraphs(report: &Report) -> Vec<String> {
    let first = [words::compared(report), gaps::words::below_zero(report)];
    let first = first.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ");
    let paragraphs = [first, result::failures(report), words::limits(report)];
    paragraphs.into_iter().filter(|text| !text.is_empty()).collect()
}
