//! A corpus of sentence pairs is prepared into a folder, which holds token shards, of whose pairs micro-batches are
//! made.

pub mod batch;
pub mod corpus;
pub mod layout;
pub mod manifest;
pub mod options;
pub mod shard;
