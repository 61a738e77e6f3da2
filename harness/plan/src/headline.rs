//! Says over which subnets a run's headline is.

use serde::{Deserialize, Serialize};

/// The scored subnets over which the headline's statistics are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// All of them, the largest and the smallest included.
    #[default]
    All,
    /// The random ones alone, as published; the largest and the smallest stand beside them.
    Random,
}
