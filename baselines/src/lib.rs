//! Holds the networks that are trained: supernets and the weights they hand out, the trainer, and each track's models.
//!
//! - [`supernet`] owns the master weights and makes a subnet's weights of them: sliced, or mixed from experts by
//!   routers that see the architecture alone.
//! - [`training`] runs any [`training::task::Task`]: the trainer asks which subnets to run this update and does not
//!   know why, and takes batches, losses and gradients from the task.
//! - [`layers`] are the pieces of which models are made; [`translation`] is the HAT transformer, its task and its
//!   decoding; [`bert`] is the BERT encoder and its tasks.
//! - [`latency`] measures subnets and fits predictors to what was measured.

pub mod bert;
pub mod device;
mod error;
pub mod latency;
pub mod layers;
pub mod supernet;
pub mod training;
pub mod translation;

pub use error::{Error, Result};
