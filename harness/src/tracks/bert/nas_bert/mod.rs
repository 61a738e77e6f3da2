//! Runs NAS-BERT's own parts: pools of blocks that shrink while the supernet is trained, and the search in a table of their
//! losses.

mod latency;
mod lookup;
mod pools;
mod task;

pub use lookup::search;
