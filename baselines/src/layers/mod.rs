//! Holds the pieces of which models are made. They hold a subnet's weights and do not know who made them.

pub mod affine;
pub mod attention;
pub mod dropout;
pub mod feed_forward;
pub mod head;
pub mod reader;
