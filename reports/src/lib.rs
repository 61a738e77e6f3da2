//! Everything after training: the record schema, the store, statistics, scores, tables and plots.
//!
//! Needs no libtorch: a run's records can be rendered and questioned on any machine.

pub mod bleu;
pub mod chrf;
pub mod error;
pub mod gap;
pub mod manifest;
pub mod render;
pub mod schema;
pub mod stats;
pub mod store;

pub use error::{Error, Result};
