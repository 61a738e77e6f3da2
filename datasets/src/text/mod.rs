//! This is done to text, whatever it is made into: normal form, pre-tokenisation, byte pairs, the search for copies.

pub mod near_duplicates;
pub mod normalise;
pub mod pretokenise;
pub mod script;
pub mod sentences;
pub mod tokenizer;
pub mod wordpiece;
