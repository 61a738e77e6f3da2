//! Latency of subnets: HAT's measuring protocol, tables of measurements in HAT's format, and predictors fitted
//! to them.

pub mod measure;
pub mod predictor;
pub mod table;
