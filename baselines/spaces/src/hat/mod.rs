//! Describes HAT's machine-translation spaces: a transformer encoder and decoder whose widths, depths, heads and
//! encoder-decoder attention are chosen.

pub mod constants;
pub mod count;
pub mod fields;
pub mod layout;
pub mod validate;
pub mod view;
