//! The verbs of `mos-harness`, each in a file of its own.

pub mod bench_pair;
pub mod bench_updates;
pub mod export;
pub mod gpu_check;
pub mod latency;
pub mod latency_predictor;
pub mod replay;
pub mod reproduce;
pub mod runs;
pub mod search;
pub mod status;
mod timed;
pub mod trial;
pub mod tune;
