//! One measured value of one night.

use serde::{Deserialize, Serialize};

/// What a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// It is a score or a loss of a training on a fresh seed.
    Quality,
    /// It is the logarithm of the ratio of tonight's time to that of the pinned base, timed side by side.
    Timing,
    /// It is such a ratio of a binary to itself, which has to come out as nothing.
    Control,
    /// It is the time itself, which differs from machine to machine: it is plotted, and judged by nobody.
    Absolute,
    /// It is a loss of a training on the seed of every night: it is compared by its bits, and judged by nobody.
    FixedSeed,
}

impl RowKind {
    /// Every kind.
    pub const ALL: [RowKind; 5] =
        [RowKind::Quality, RowKind::Timing, RowKind::Control, RowKind::Absolute, RowKind::FixedSeed];
    /// Those whose noise is known from their own nights.
    pub const JUDGED: [RowKind; 3] = [RowKind::Quality, RowKind::Timing, RowKind::Control];

    /// Gives its name in files.
    pub fn name(self) -> &'static str {
        match self {
            RowKind::Quality => "quality",
            RowKind::Timing => "timing",
            RowKind::Control => "control",
            RowKind::Absolute => "absolute",
            RowKind::FixedSeed => "fixed-seed",
        }
    }
}

/// One row of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// The night, as `2026-11-30`.
    pub night: String,
    /// The commit that was measured.
    pub commit: String,
    /// The pinned commit that it is compared with.
    pub base: String,
    /// What was run.
    pub benchmark: String,
    /// What was measured of it.
    pub metric: String,
    /// What the value is of.
    pub kind: RowKind,
    /// Which of the night's repetitions it is: a seed, or the number of a pair.
    pub repetition: i64,
    /// The value; for a time that is judged the logarithm of the ratio.
    pub value: f64,
    /// Processor and instruction set.
    pub machine: String,
    /// Versions of the compiler and of libtorch.
    pub software: String,
}
