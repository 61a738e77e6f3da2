//! Every crate of the harness shares what is in this one, so that each of these things exists once.
//!
//! The crate stands below all others and builds without libtorch. It knows nothing of corpora, networks or runs.

pub mod files;
pub mod locks;
pub mod names;
pub mod plain_text;
pub mod seed;
pub mod specials;
pub mod split;
pub mod table;
pub mod text;
pub mod traces;

pub use split::Split;
