//! Counts parameters and FLOPs of an architecture by the formulas of its family.

use crate::arch::Arch;
use crate::hat;
use crate::space::{Constants, SearchSpace};

/// Counts parameters without embeddings.
pub fn params(space: &SearchSpace, arch: &Arch) -> i64 {
    match space.constants {
        Constants::Hat(_) => hat::count::params(space, arch),
    }
}

/// Counts the FLOPs of one example at the space's length without the output projection, as the space's paper counts
/// them.
pub fn flops(space: &SearchSpace, arch: &Arch) -> i64 {
    match space.constants {
        Constants::Hat(_) => hat::count::flops(space, arch),
    }
}
