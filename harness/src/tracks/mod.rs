//! The tracks: each has a folder, and one place decides by a job's track which code runs.

pub mod dispatch;
pub mod translation;
