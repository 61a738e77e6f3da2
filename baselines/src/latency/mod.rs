//! Measures the latency of subnets, and fits predictors to the measurements.

pub mod encoder;
pub mod measure;
pub mod predictor;
