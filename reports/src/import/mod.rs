//! This makes a run of a table that somebody else published, so that the same statistics, claims and report are made of it.
//!
//! Each row of the table is a subnet with its scores; a [`Map`] says what the columns are. A record's job id names the
//! line of the file that its value stands on.

mod map;
mod run;

pub use map::Map;
pub use run::{Imported, import_published};
