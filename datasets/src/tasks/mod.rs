//! Small tasks of labelled examples, on which a pre-trained network is fine-tuned.
//!
//! ```text
//! registry entry -> fetched file (SHA-256) -> labelled texts -> splits -> the corpus's WordPiece -> shards (mmap) -> batches
//! ```
//!
//! The tasks of a corpus's own entry are prepared along with it, in `tasks/NAME/` of its folder
//! ([`Documents::task`](crate::documents::Documents::task)). A task set such as `glue` has a registry entry of its own,
//! and is prepared with the vocabulary of any corpus ([`set::prepare`]).

pub mod batch;
pub mod card;
mod columns;
mod encode;
pub mod example;
mod lines;
pub mod set;
pub mod shard;
mod sheet;
pub mod spec;
pub mod task;
mod topics;
mod verses;
pub mod write;

pub use batch::{Labels, TaskBatch};
pub use card::{TaskCard, TaskKind, TaskSplitCard};
pub use example::Label;
pub use task::Task;
