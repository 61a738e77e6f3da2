//! Holds the master weights of a network, and makes the weights of its subnets.

pub mod diagnosis;
pub mod init;
pub mod mixture;
pub mod pass;
pub mod router;
pub mod store;
pub mod weights;
