//! The history holds what each night measured, and says whether anything got worse.
//!
//! - [`row`] is one measured value of a night, and [`store`] the files, one a night, to which nothing is ever added or
//!   changed;
//! - [`night`] makes the rows of a night, of its runs and of what was timed;
//! - [`mod@series`] arranges rows: a series is one metric of one benchmark, night by night;
//! - [`noise`] is what a series does where nothing changes, taken from its first nights against a pinned base;
//! - [`metrics`] is what is known of a metric, as data;
//! - [`threshold`] is how far a night may be off before it is an alarm, and [`mod@judge`] says which series are;
//! - [`changes`] are the nights in which a level changed, for whoever looks back;
//! - [`tracked`] is what comes of it for the last night, and [`show`] writes it for people and for other programs;
//! - [`page`] draws every series.

pub mod changes;
pub mod judge;
pub mod metrics;
pub mod night;
pub mod noise;
pub mod page;
pub mod row;
pub mod series;
pub mod show;
pub mod store;
pub mod threshold;
pub mod tracked;

pub use judge::{Judgement, State, judge};
pub use row::{HistoryRow, RowKind};
pub use series::{Series, series};
pub use store::{append, read_history};
pub use tracked::{Tracked, track};
