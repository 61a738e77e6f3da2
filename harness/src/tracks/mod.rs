//! The tracks: each has a folder, and one place decides by a job's track which code runs.

mod bert;
pub mod dispatch;
pub mod prepared;
pub mod translation;
