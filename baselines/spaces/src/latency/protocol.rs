//! Lists the numbers of the latency protocol of HAT and MoS: one sentence, fixed lengths, decoder at a beam with
//! key-value caches, warm-up, trimmed mean.

use serde::{Deserialize, Serialize};

/// How latency is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Tokens of the source sentence; the decoder reads as many.
    pub length: i64,
    /// Rows of the decoder.
    pub beam: i64,
    /// Runs before the clock counts.
    pub dry_runs: usize,
    /// Timed runs.
    pub repeats: usize,
    /// Share of the timed runs that is dropped at each end.
    pub trim: f64,
}
