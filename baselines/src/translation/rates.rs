//! Works out dropout rates, which HAT rescales by a subnet's width.

use mos_spaces::hat::fields::{DECODER_WIDTH, ENCODER_WIDTH};
use mos_spaces::hat::view::HatArch;
use mos_spaces::{Arch, SearchSpace};

/// Dropout rates at the widest subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dropout {
    /// Rate after embeddings and before every residual sum; rescaled per subnet.
    pub residual: f64,
    /// Rate on attention weights; not rescaled.
    pub attention: f64,
}

/// Dropout rates of one subnet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Rate in the encoder, save for the residual sums of its self-attention.
    pub encoder: f64,
    /// Rate of the residual sums of the encoder's self-attention. The published code leaves it as the widest subnet has
    /// it; this is reproduced, since the published numbers were made with it.
    pub encoder_attention: f64,
    /// Rate in the decoder.
    pub decoder: f64,
    /// Rate on attention weights.
    pub attention: f64,
    /// Whether anything is dropped.
    pub train: bool,
}

impl Rates {
    /// Works out the rates of a subnet; nothing is dropped where `dropout` is none.
    pub fn new(space: &SearchSpace, arch: &Arch, dropout: Option<Dropout>) -> Self {
        let Dropout { residual, attention } = dropout.unwrap_or_default();
        let hat = HatArch::of(arch);
        let share = |width: i64, field: usize| width as f64 / space.choices[field][0] as f64;
        Rates {
            encoder: residual * share(hat.encoder_width, ENCODER_WIDTH),
            encoder_attention: residual,
            decoder: residual * share(hat.decoder_width, DECODER_WIDTH),
            attention,
            train: dropout.is_some(),
        }
    }
}
