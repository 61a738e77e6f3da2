//! Says what a job is: everything that decides its result, which is hashed into its id.

pub mod fine_tuning;
pub mod inputs;
pub mod job;
pub mod latency;
pub mod precision;
pub mod scoring;
pub mod search;
pub mod task;
pub mod training;
pub mod work;
