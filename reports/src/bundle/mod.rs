//! A bundle is a run packed into one archive, with the hash of every file: what somebody needs who checks it elsewhere.
//!
//! ```text
//! run.toml, plan.json, machine.json, records.parquet, tune.parquet, latencies.csv
//! jobs/<id>/job.json and what the job made, weights left out, and texts unless their licence lets them be handed on
//! report/index.html, tables, plots
//! bundle.json                 what was left out
//! ro-crate-metadata.json      an RO-Crate in the Process Run Crate profile
//! CITATION.cff
//! SHA256SUMS                  of every other file
//! ```
//!
//! The same run gives the same bytes: entries stand in the order of their names and have no times.

mod crate_metadata;
mod files;
mod licence;
mod pack;
mod unpack;

pub use files::{BUNDLE, BundleFile, SUMS, read_sums};
pub use pack::{Packed, Texts, pack};
pub use unpack::{is_bundle, unpack};
