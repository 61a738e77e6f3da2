//! Holds what needs no libtorch of latency: the numbers of the measuring protocol, tables of measurements in HAT's
//! format, and the kinds of predictors.

pub mod predictors;
pub mod protocol;
pub mod table;
