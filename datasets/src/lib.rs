//! Corpora for the harness: from a registry entry, or a folder of your own, to batches of token ids.
//!
//! ```text
//! registry entry -> fetched file (SHA-256) -> cleaned pairs -> splits -> joint BPE -> token shards (mmap) -> batches
//! ```
//!
//! The usual way through:
//!
//! ```no_run
//! use mos_datasets::{Corpus, PrepareOptions, Split, prepare};
//! let folder = prepare::prepare("bible-en-de", &PrepareOptions::default(), &|line| eprintln!("{line}"))?;
//! let corpus = Corpus::open(&folder, true)?;
//! println!("{} training pairs, data hash {}", corpus.split(Split::Train).len(), corpus.hash());
//! # Ok::<(), mos_datasets::Error>(())
//! ```
//!
//! What holds throughout:
//! - a download is pinned by version and SHA-256, by the registry or else by the first fetch ([`hub::pins`]), and is
//!   fetched as a file, never imported or run;
//! - the same inputs and options give the same bytes on any machine, and so the same [`Corpus::hash`];
//! - a file appears whole or not at all (written under another name, synced, renamed), and two processes may prepare
//!   the same corpus at once: the second waits and finds it done;
//! - a truncated or altered file is named and never used, and is made again where that is possible.

pub mod archive;
pub mod batch;
pub mod cache;
pub mod clean;
pub mod cli;
pub mod corpus;
mod error;
pub mod fetch;
pub mod hub;
pub mod manifest;
pub mod neardup;
pub mod prepare;
pub mod pretokenise;
pub mod registry;
pub mod shard;
pub mod source;
pub mod split;
pub mod storage;
pub mod tokenizer;

pub use corpus::Corpus;
pub use error::{Error, Result};
pub use prepare::PrepareOptions;
pub use shard::PairShard;
pub use split::Split;

/// Id of the token that begins a sentence. The four special ids are fairseq's.
pub const BOS: u32 = 0;
/// Id that fills the rest of a row.
pub const PAD: u32 = 1;
/// Id of the token that ends a sentence; it also starts the decoder's input, as in fairseq.
pub const EOS: u32 = 2;
/// Id of a byte that the training split never holds.
pub const UNK: u32 = 3;
/// How many special ids there are: the first ordinary token has this id.
pub const SPECIALS: usize = 4;
