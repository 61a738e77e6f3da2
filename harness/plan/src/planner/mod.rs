//! Plans the jobs of an experiment.

pub mod found;
#[allow(clippy::module_inception, reason = "the file holds the type of that name")]
pub mod planner;
pub mod specs;
pub mod sweep;
