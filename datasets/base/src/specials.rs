//! Every vocabulary of the harness begins with the special tokens, whose ids are fairseq's.

/// This token begins a sentence.
pub const BOS: u32 = 0;
/// This token fills the rest of a row.
pub const PAD: u32 = 1;
/// This token ends a sentence. It also starts the decoder's input, as in fairseq.
pub const EOS: u32 = 2;
/// This token stands for a byte that the training split never holds.
pub const UNK: u32 = 3;
/// There are so many special ids. The first ordinary token has this id.
pub const SPECIALS: usize = 4;
