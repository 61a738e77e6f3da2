//! The checks, a file a layer. Each has the id of its rule.

pub mod claims;
pub mod data;
pub mod environment;
pub mod numbers;
pub mod replay;
pub mod rules;
pub mod seeds;
pub mod structure;
pub mod tasks;
pub mod trainings;

use super::checked::Checked;
use super::subject::AuditedRun;

/// What makes a check.
pub type Check = fn(&AuditedRun) -> Checked;

/// Every check, by the id of its rule.
pub const CHECKS: &[(&str, Check)] = &[
    ("S1", structure::readable),
    ("S2", structure::ids),
    ("S3", structure::outputs),
    ("S4", structure::merged),
    ("S5", structure::own),
    ("S6", structure::inputs),
    ("S7", structure::nothing_else),
    ("S8", structure::published),
    ("S9", structure::sums),
    ("E1", environment::shared),
    ("E2", environment::complete),
    ("E3", environment::own_code),
    ("E4", environment::clock),
    ("D1", data::corpora),
    ("D2", data::scores),
    ("D3", data::sentences),
    ("D4", data::near_duplicates),
    ("D5", tasks::scores),
    ("R1", rules::plan),
    ("R2", rules::profile),
    ("R3", rules::alike),
    ("R4", rules::rates),
    ("R5", rules::on_validation),
    ("R6", rules::searches),
    ("R7", rules::presented),
    ("R8", tasks::settings),
    ("K1", seeds::scores),
    ("K2", seeds::distinct),
    ("K3", seeds::diverged),
    ("K4", seeds::jobs),
    ("N1", numbers::possible),
    ("N2", trainings::counters),
    ("N3", trainings::curves),
    ("N4", numbers::sizes),
    ("N5", numbers::report),
    ("N6", trainings::goals),
    ("N7", trainings::times),
    ("N8", numbers::generated),
    ("C1", claims::verdicts),
    ("P1", replay::same),
];
