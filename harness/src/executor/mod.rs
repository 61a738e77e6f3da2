//! Carries out the jobs of a graph.

pub mod done;
pub mod local;
