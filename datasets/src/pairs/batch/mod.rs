//! Micro-batches are made by a token budget: which pairs share one, what one holds, and an endless stream of them.

mod build;
mod plan;
mod stream;
#[cfg(test)]
mod tests;

pub use build::{Batch, build};
pub use plan::{BatchOptions, plan_epoch, sequential};
pub use stream::Stream;
