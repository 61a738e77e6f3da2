//! The type of a job's products.

use serde::{Deserialize, Serialize};

/// The type in which products are computed, in training and wherever a training's weights are scored. Master weights,
/// sums of gradients and losses are float32 all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    Float32,
    /// 16 bits, of which 8 are the exponent (bfloat16).
    Bf16,
}

impl Precision {
    /// Returns its name in profiles.
    pub fn name(self) -> &'static str {
        match self {
            Precision::Float32 => "float32",
            Precision::Bf16 => "bf16",
        }
    }
}
