//! Tests the search spaces: published figures, sampling, reading of files.

mod published;
mod reading;
mod sampling;
