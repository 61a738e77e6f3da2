//! This says in words by what methods are compared, and what intervals cover.

use super::basis::Basis;
use crate::claims::LEAST_UNITS;
use crate::sections::report::Report;

/// Names what methods are compared by.
pub fn difference_name(basis: Basis) -> &'static str {
    match basis {
        Basis::AbsoluteGap => "mean absolute gap",
        Basis::OwnScores => "mean signed gap",
    }
}

/// Says what the intervals of a run cover.
pub fn covers(report: &Report) -> &'static str {
    match report.run.seeds.len() {
        0 | 1 => "over redrawn subnets of one training: they say nothing of another training",
        n if n < LEAST_UNITS => "over redrawn subnets and seeds; two trainings are too few for them to be trusted",
        _ => "over redrawn subnets and seeds; with few seeds they are rather too narrow",
    }
}
