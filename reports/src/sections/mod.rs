//! Each section of the page has a folder, which holds what the report shows there.
//!
//! In each folder `facts.rs` computes from the run, `table.rs` and `plot.rs` show what was computed, `words.rs` says
//! it, and `mod.rs` puts the section together. [`report::Report`] holds the facts of all sections, [`contents`] their
//! order.

mod blocks;
mod cells;
mod cite;
pub mod claims;
mod comparisons;
pub mod contents;
mod cost;
mod curves;
mod data;
mod environment;
mod gaps;
mod groups;
mod jobs;
mod latency;
mod mixing;
mod pareto;
pub mod report;
mod result;
mod retraining;
mod search;
mod sizes;
mod subnets;
mod summary;
mod tasks;
mod total_cost;
mod tuning;

pub use tuning::facts::Sweep;
pub use tuning::remarks::sweep_remarks;
