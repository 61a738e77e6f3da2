//! The verbs of `mos-plan`, each in a file of its own.

pub mod arch;
mod data;
mod output;
pub mod reproduce;
