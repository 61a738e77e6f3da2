//! Latency of subnets: tables of measurements in HAT's format, and predictors fitted to them.

pub mod predictor;
pub mod table;
