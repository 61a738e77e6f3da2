//! Tests of the BERT encoder and its tasks on tiny networks.

mod blocks;
mod encoder;
mod experts;
mod fine_tuning;
mod public;
mod setup;
mod teachers;
mod training;
