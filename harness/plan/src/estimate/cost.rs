//! Defines [`ExampleCost`]: what an estimate has to know of a track's task.

use mos_spaces::Arch;
use mos_spaces::latency::protocol::Protocol;

use crate::spec::scoring::ScoringSpec;

/// What the examples of a task cost, by formula.
pub trait ExampleCost: std::fmt::Debug {
    /// Returns the forward FLOPs of an example of mean length, with the output projection.
    fn forward(&self, arch: &Arch) -> f64;

    /// Returns the tokens of an example of mean length.
    fn tokens(&self) -> f64;

    /// Returns how many examples fill a micro-batch of so many tokens.
    fn examples(&self, batch_tokens: usize) -> f64;

    /// Returns the width that decides how well products use the machine.
    fn width(&self, arch: &Arch) -> i64;

    /// Returns the floats that a micro-batch of so many tokens leaves for the backward pass, without the logits.
    fn activations(&self, arch: &Arch, batch_tokens: usize) -> f64;

    /// Returns how many tokens a micro-batch of so many tokens predicts.
    fn predictions(&self, batch_tokens: usize) -> f64;

    /// Returns the examples of a held-out split.
    fn held_out(&self) -> f64;

    /// Returns the examples on which searches rank subnets.
    fn ranked(&self) -> f64;

    /// Returns the forward passes, in examples, of what is decoded when a subnet is scored.
    fn decoded(&self, scoring: &ScoringSpec) -> f64;

    /// Returns the FLOPs of one run of the latency protocol.
    fn latency_run(&self, arch: &Arch, protocol: &Protocol) -> f64;
}
