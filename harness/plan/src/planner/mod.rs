//! Plans the jobs of an experiment.

#[cfg(test)]
mod bert_tests;
mod equal_flops;
pub mod fine_tuning;
pub mod found;
pub mod guest_nets;
pub mod guests;
pub mod known;
pub mod nas_bert;
#[allow(clippy::module_inception, reason = "the file holds the type of that name")]
pub mod planner;
pub mod specs;
pub mod sweep;
