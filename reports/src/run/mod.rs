//! This finds the folder of a run, reads and checks what it holds, and arranges its rows by what they are about.

mod copies;
mod facts;
mod failed;
mod find;
mod key;
mod load;
mod loaded;
mod locate;
mod profile;
mod quality;
pub mod records;
mod study;
mod tasks;

pub use facts::{Facts, mean};
pub use failed::{FailedTraining, Failure};
pub use find::Find;
pub use key::{Key, Measured};
pub use load::load;
pub use loaded::Run;
pub use locate::find_run;
pub use profile::{Start, StudyProfile, is_published_size, larger, learned_nats, start};
pub use quality::{Quality, split_word};
pub use study::StudyFacts;
pub use tasks::{FineTuned, TaskStart, Tasks};
