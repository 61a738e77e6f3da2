//! Reads profiles: sizes, budgets and rates of an experiment, as TOML declares them.

#[allow(clippy::module_inception, reason = "the file holds the type of that name")]
pub mod profile;
pub mod rates;
pub mod study;
