//! Trains any task: the loop, the optimiser, checkpoints.

pub mod adam;
pub mod checkpoint;
pub mod task;
pub mod trainer;
