//! Translations are scored by BLEU and chrF as sacreBLEU computes them, and by the tokenised BLEU that HAT and MoS
//! report; labels as GLUE scores them.

mod bleu;
mod chrf;
mod labels;
mod tokenised;

pub use bleu::{Bleu, corpus_bleu};
pub use chrf::{Chrf, corpus_chrf};
pub use labels::{accuracy, f1, matthews};
pub use tokenised::{tokenised_bleu, tokenised_bleu_of_tokens};

/// The release of sacreBLEU with whose figures these scores were compared. It is part of the signatures.
const CHECKED_AGAINST: &str = "2.5.1";
