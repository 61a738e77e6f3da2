//! Latency of subnets: HAT's measuring protocol (facts 2.7), tables of measurements in HAT's format, and predictors fitted
//! to them.

pub mod measure;
pub mod predictor;
pub mod table;
