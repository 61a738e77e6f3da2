//! Estimates by formula what a job will cost.

pub mod duration;
pub mod estimator;
pub mod memory;
pub mod translation;
