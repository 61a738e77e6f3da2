//! Computes sinusoidal positions.

use mos_base::specials::PAD;
use mos_spaces::SearchSpace;
use mos_spaces::hat::fields::{DECODER_WIDTH, ENCODER_WIDTH};
use tch::{Device, Kind, Tensor};

/// Sinusoidal positions computed at a space's widest widths, of which a subnet takes the first columns.
#[derive(Debug)]
pub struct Positions {
    /// Table of the encoder's positions.
    pub encoder: Tensor,
    /// Table of the decoder's positions.
    pub decoder: Tensor,
}

impl Positions {
    /// Makes tables `[max_positions, widest width]`.
    pub fn new(space: &SearchSpace, kind: Kind, device: Device) -> Self {
        let table = |width: i64| sinusoids(space.max_positions, width).to_kind(kind).to_device(device);
        Positions { encoder: table(space.choices[ENCODER_WIDTH][0]), decoder: table(space.choices[DECODER_WIDTH][0]) }
    }

    /// Returns the device of the tables.
    pub fn device(&self) -> Device {
        self.encoder.device()
    }
}

/// Computes fairseq's table: sines in the first half of the columns, cosines in the second, frequencies
/// `10000^(-i/(w/2-1))`, the first token at position `pad + 1`.
fn sinusoids(positions: i64, width: i64) -> Tensor {
    let half = width / 2;
    let step = -(10_000_f64.ln()) / (half - 1) as f64;
    let first = i64::from(PAD) + 1;
    let frequency = (Tensor::arange(half, (Kind::Double, Device::Cpu)) * step).exp();
    let position = Tensor::arange_start(first, first + positions, (Kind::Double, Device::Cpu));
    let angle = position.unsqueeze(1) * frequency.unsqueeze(0);
    Tensor::cat(&[angle.sin(), angle.cos()], 1)
}
