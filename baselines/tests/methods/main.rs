//! Tests that would catch a wrong method: weights, gradients, training, decoding, checkpoints.

mod checkpoints;
mod counts;
mod decoding;
mod gradients;
mod mixing;
mod optimizer;
mod setup;
mod torch;
mod training;
