//! Measures the latency of encoders by the same protocol: one sequence, encoder alone, nothing masked.

use mos_spaces::SearchSpace;
use mos_spaces::bert::view::BertArch;
use mos_spaces::latency::protocol::Protocol;
use tch::{Device, Tensor};

use super::measure::{Timing, time};
use crate::bert::batch::Sequences;
use crate::bert::model::Encoder;
use crate::bert::rates::Rates;
use crate::layers::reader::Reader;
use crate::supernet::weights::SubnetWeights;

/// The token that the protocol's sequence is made of.
const TOKEN: i64 = 7;

/// Measures the encoder of a dense subnet, whose maps between two layers are merged first, as SuperShaper deploys them.
/// Nothing else should run on the machine meanwhile.
pub fn measure_encoder(protocol: &Protocol, weights: &SubnetWeights, space: &SearchSpace, device: Device) -> Timing {
    let arch = BertArch::of(space, &weights.arch);
    tch::no_grad(|| {
        let encoder = Encoder::read(&mut Reader::new(&weights.leaves), &arch).merged();
        let rates = Rates::new(&arch.merged(), &arch.merged(), None);
        let ids = vec![TOKEN; protocol.length as usize];
        let batch = Sequences::new(&ids, None, vec![protocol.length], device);
        time(protocol, device, || drop::<Tensor>(encoder.states(&batch, &rates)))
    })
}
