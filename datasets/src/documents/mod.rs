//! Corpora of documents lead to masked sequences, on which masked language models are trained.
//!
//! ```text
//! registry entry -> fetched file (SHA-256) -> cleaned text -> splits -> WordPiece -> shards (mmap) -> sequences -> batches
//! ```
//!
//! The steps follow in this order: each source cleans its text, as paragraphs of documents; whole documents are held out;
//! paragraphs are cut into sentences; training sentences that nearly equal a held-out one go, where the text fits in
//! memory; WordPiece is trained on what the training split then holds, or is that of a published model; the sentences of
//! a document are packed into sequences; the places that are masked in the held-out splits are drawn, once for all.
//!
//! A corpus is prepared and opened like this:
//!
//! ```no_run
//! use mos_datasets::Split;
//! use mos_datasets::documents::{DocumentOptions, Documents, prepare};
//! let folder = prepare("prose-en", &DocumentOptions::default(), &|line| eprintln!("{line}"))?;
//! let corpus = Documents::open(&folder, true)?;
//! println!("{} training sequences, data hash {}", corpus.split(Split::Train).len(), corpus.hash());
//! # Ok::<(), mos_datasets::Error>(())
//! ```

pub mod batch;
pub mod corpus;
pub mod layout;
mod make;
pub mod manifest;
pub mod mask;
pub mod options;
pub mod pack;
mod prepare;
pub mod published;
pub mod registry;
pub mod shard;
pub mod sources;
pub mod stored_masks;
pub mod stream;
mod text;
pub mod unigram;
mod write;

pub use batch::MaskedBatch;
pub use corpus::Documents;
pub use manifest::DocumentManifest;
pub use mask::{Masked, mask};
pub use options::{DocumentOptions, Vocabulary};
pub use prepare::{find, prepare, prepare_in};
pub use shard::SequenceShard;
pub use stored_masks::StoredMasks;
pub use stream::DocumentStream;
