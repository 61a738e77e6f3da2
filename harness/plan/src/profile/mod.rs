//! Reads profiles: sizes, budgets and rates of an experiment, as TOML declares them.

mod checks;
pub mod find;
pub mod fine_tuning;
pub mod guests;
pub mod masked_lm;
#[allow(clippy::module_inception, reason = "the file holds the type of that name")]
pub mod profile;
pub mod rates;
pub mod study;
pub mod task;
pub mod translation;
