//! Translates with HAT's transformer: post-norm, ReLU, fixed query-key-value width, arbitrary encoder-decoder
//! attention.

pub mod batch;
pub mod decode;
pub mod flops;
pub mod model;
pub mod positions;
pub mod rates;
pub mod task;
