//! Holds the BERT encoder, masked-LM pre-training, fine-tuning, and what the baselines of the track train.
//!
//! - [`model`] computes a subnet of any BERT space: embeddings, maps, attention, feed-forward blocks, masked-LM head.
//! - [`masked_lm`] and [`fine_tune`] are its tasks; [`relation`] is AutoDistil's and [`block_distil`] NAS-BERT's, which
//!   learn from a teacher.
//! - [`public`] reads a public checkpoint into a supernet.

pub mod bag_of_words;
pub mod batch;
pub mod block_distil;
pub mod examples;
pub mod export;
pub mod fine_tune;
pub mod fine_tune_layout;
pub mod masked_lm;
pub mod model;
pub mod public;
pub mod rates;
pub mod relation;
pub mod soft;
