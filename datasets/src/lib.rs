//! This crate leads from a registry entry, or a folder of one's own text, to batches of token ids.
//!
//! ```text
//! registry entry -> fetched file (SHA-256) -> cleaned pairs -> splits -> joint BPE -> token shards (mmap) -> batches
//! ```
//!
//! A corpus is prepared and opened like this:
//!
//! ```no_run
//! use mos_datasets::{Corpus, PrepareOptions, Split, prepare};
//! let folder = prepare::prepare("bible-en-de", &PrepareOptions::default(), &|line| eprintln!("{line}"))?;
//! let corpus = Corpus::open(&folder, true)?;
//! println!("{} training pairs, data hash {}", corpus.split(Split::Train).len(), corpus.hash());
//! # Ok::<(), mos_datasets::Error>(())
//! ```
//!
//! Pairs are for translation. Corpora of documents, for masked language models, are prepared by [`documents`], with small
//! tasks for fine-tuning ([`tasks`]).
//!
//! The modules stand in this order, each on those before it: `ahead`, `rows`, [`cache`], [`text`], [`hub`], [`sources`],
//! [`pairs`], [`prepare`]; and beside the last two, [`tasks`] and [`documents`].
//!
//! These rules hold throughout:
//! - a download is pinned by version and SHA-256, by the registry or else by the first fetch ([`hub::pins`]), and is
//!   fetched as a file, never imported or run;
//! - the same inputs and options give the same bytes on any machine, and so the same [`Corpus::hash`];
//! - a file appears whole or not at all (written under another name, synced, renamed), and two processes may prepare
//!   the same corpus at once: the second waits and finds it done;
//! - a truncated or altered file is named and never used, and is made again where that is possible.

mod ahead;
pub mod cache;
pub mod cli;
pub mod documents;
mod error;
pub mod hub;
mod once;
pub mod pairs;
pub mod prepare;
mod rows;
mod sealed;
pub mod sources;
pub mod tasks;
pub mod text;

pub use error::{Error, Result};
pub use mos_base::Split;
pub use mos_base::files as storage;
pub use mos_base::specials::{BOS, EOS, PAD, SPECIALS, UNK};
pub use pairs::corpus::Corpus;
pub use pairs::options::PrepareOptions;
pub use pairs::shard::PairShard;
pub use pairs::{batch, manifest};
pub use sources::registry;
