//! Tests the search spaces: published figures, sampling, reading of files.

mod bert;
mod published;
mod reading;
mod sampling;
