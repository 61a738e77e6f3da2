//! Shows one of HAT's architectures by the names of its parts, to the code that builds or counts it.

use super::fields::{
    DECODER_ARBITRARY, DECODER_CROSS_HEADS, DECODER_FFN, DECODER_SELF_HEADS, DECODER_WIDTH, ENCODER_FFN, ENCODER_HEADS,
    ENCODER_WIDTH, HAT, attended,
};
use crate::arch::Arch;

/// The parts of an [`Arch`] of HAT's family; each list has one entry a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HatArch<'a> {
    /// Encoder width.
    pub encoder_width: i64,
    /// FFN widths of the encoder's layers.
    pub encoder_ffn: &'a [i64],
    /// Self-attention heads of the encoder's layers.
    pub encoder_heads: &'a [i64],
    /// Decoder width.
    pub decoder_width: i64,
    /// FFN widths of the decoder's layers.
    pub decoder_ffn: &'a [i64],
    /// Self-attention heads of the decoder's layers.
    pub decoder_self_heads: &'a [i64],
    /// Encoder-decoder attention heads of the decoder's layers.
    pub decoder_cross_heads: &'a [i64],
    arbitrary: &'a [i64],
}

impl<'a> HatArch<'a> {
    /// Shows an architecture by its parts.
    ///
    /// # Panics
    /// Panics if it is of another family, which is a bug: a track sees architectures of its own spaces only.
    pub fn of(arch: &'a Arch) -> HatArch<'a> {
        assert_eq!(arch.family(), &HAT, "an architecture of HAT's family");
        HatArch {
            encoder_width: arch.value(ENCODER_WIDTH),
            encoder_ffn: arch.values(ENCODER_FFN),
            encoder_heads: arch.values(ENCODER_HEADS),
            decoder_width: arch.value(DECODER_WIDTH),
            decoder_ffn: arch.values(DECODER_FFN),
            decoder_self_heads: arch.values(DECODER_SELF_HEADS),
            decoder_cross_heads: arch.values(DECODER_CROSS_HEADS),
            arbitrary: arch.values(DECODER_ARBITRARY),
        }
    }

    /// Returns the number of encoder layers to which a decoder layer attends: the last 1, 2 or 3.
    pub fn attended(&self, layer: usize) -> usize {
        attended(self.arbitrary[layer]) as usize
    }

    /// Goes through the same numbers for all decoder layers.
    pub fn all_attended(&self) -> impl Iterator<Item = usize> + 'a {
        self.arbitrary.iter().map(|&code| attended(code) as usize)
    }
}
