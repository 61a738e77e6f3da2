//! Estimates by formula what a job will cost.

pub mod cost;
pub mod duration;
pub mod estimator;
pub mod masked_lm;
pub mod memory;
pub mod translation;
