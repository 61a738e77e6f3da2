//! This crate does everything after training: record files, statistics, scores, tables and plots.
//!
//! It needs no libtorch, so a run's records can be rendered and questioned on any machine.
//!
//! - `run` reads the folder of a run, and finds its rows by what they are about.
//! - [`stats`] and [`scores`] compute; [`gap`] measures the gap of any CSV table, [`import`] makes a run of one.
//! - `claims` judges claims by what a run holds for them.
//! - [`compare`] sets two runs side by side, and [`history`] watches many nights.
//! - `sections` holds what the report shows, `page` how it is drawn, and [`render()`] writes it.

pub mod audit;
pub mod bundle;
mod claims;
pub mod compare;
pub mod error;
pub mod gap;
pub mod history;
pub mod import;
mod input_table;
mod page;
mod render;
mod run;
pub mod scores;
mod sealed;
mod sections;
pub mod stats;

/// Hashes of the sources that decide results, by track.
const CODE_HASHES: &str = env!("MOS_CODE_HASHES");

pub use error::{Error, Result};
pub use render::{Drawn, Rendered, draw, render};
pub use run::find_run;
pub use run::records::{read_records, write_records};
pub use sections::sweep_remarks;
