//! A run: its folder, what every call on it shares, its records and its report.

pub mod overhead;
pub mod records;
pub mod render;
pub mod session;
pub mod started;
pub mod store;
pub mod tuned;
