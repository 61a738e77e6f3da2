//! Search spaces, supernets and every training method under comparison.
//!
//! A method is a composition, `WeightSource x SubnetSampler x Objective x Partition` (today's methods differ in the
//! first two), never a fork of the trainer: the
//! [`model`] asks for the weights of an [`space::Arch`] and does not know who made them ([`weights`]); the
//! [`trainer`] asks which subnets to run this update and does not know why ([`sampler`]). [`method::METHODS`] is
//! the table of what stands where.

pub mod adam;
pub mod checkpoint;
pub mod decode;
mod dropout;
mod error;
pub mod latency;
pub mod layout;
pub mod loss;
pub mod method;
pub mod mixture;
pub mod model;
pub mod params;
pub mod router;
pub mod sampler;
pub mod schedule;
pub mod search;
pub mod seed;
pub mod space;
pub mod trainer;
pub mod weights;

pub use error::{Error, Result};
