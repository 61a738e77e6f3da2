//! Measures latency by the protocol of HAT and MoS ([`Protocol`]).
//!
//! Unlike the published code, a subnet is measured in eval mode and with its experts merged before the clock runs: that
//! is what would be deployed.

use std::time::Instant;

use mos_spaces::latency::protocol::Protocol;
use tch::{Device, Kind, Tensor};

use crate::device::synchronise;
use crate::translation::decode::read_stepwise;
use crate::translation::model::Subnet;
use crate::translation::positions::Positions;

/// The token that all sentences of the protocol are made of, and the one at their end.
const TOKEN: i64 = 7;
const END: i64 = 2;

/// Time of one part of a subnet: mean and standard deviation of the kept runs, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Trimmed mean.
    pub mean_ms: f64,
    /// Standard deviation of the kept runs around it.
    pub std_ms: f64,
}

/// Encoder and decoder latency of one subnet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Time of one pass of the encoder over one sentence.
    pub encoder: Timing,
    /// Time of all steps of the decoder at the protocol's beam.
    pub decoder: Timing,
}

impl Latency {
    /// Returns encoder plus decoder latency in milliseconds.
    pub fn total_ms(&self) -> f64 {
        self.encoder.mean_ms + self.decoder.mean_ms
    }
}

/// Measures a subnet. Nothing else should run on the machine meanwhile.
pub fn measure(protocol: &Protocol, subnet: &Subnet, positions: &Positions) -> Latency {
    let device = positions.device();
    tch::no_grad(|| {
        let source = sentence(protocol.length, true).unsqueeze(0).to_device(device);
        let target = sentence(protocol.length, false).unsqueeze(0).repeat([protocol.beam, 1]).to_device(device);
        let encoder = time(protocol, device, || drop(subnet.encode(positions, &source, None)));
        let memory = subnet.encode(positions, &source, None).repeated(protocol.beam);
        let decoder = time(protocol, device, || drop(read_stepwise(subnet, positions, &memory, &target)));
        Latency { encoder, decoder }
    })
}

/// Makes a sentence of `TOKEN`s and one `END`: it stands first in a source, and last in what the decoder reads, as in
/// HAT's `measure_latency`.
fn sentence(length: i64, first: bool) -> Tensor {
    let ids = Tensor::full([length], TOKEN, (Kind::Int64, Device::Cpu));
    let _ = ids.narrow(0, if first { 0 } else { length - 1 }, 1).fill_(END);
    ids
}

/// Times a part of a subnet by the protocol.
pub fn time(protocol: &Protocol, device: Device, mut run: impl FnMut()) -> Timing {
    for _ in 0..protocol.dry_runs {
        run();
    }
    let once = |_| {
        synchronise(device);
        let clock = Instant::now();
        run();
        synchronise(device);
        clock.elapsed().as_secs_f64() * 1e3
    };
    trimmed((0..protocol.repeats).map(once).collect(), protocol.trim)
}

/// Returns mean and standard deviation without the lowest and highest `trim` of the values.
fn trimmed(mut values: Vec<f64>, trim: f64) -> Timing {
    values.sort_by(f64::total_cmp);
    let cut = (values.len() as f64 * trim) as usize;
    let kept = &values[cut..values.len() - cut];
    let mean_ms = kept.iter().sum::<f64>() / kept.len() as f64;
    let variance = kept.iter().map(|v| (v - mean_ms).powi(2)).sum::<f64>() / kept.len() as f64;
    Timing { mean_ms, std_ms: variance.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::supernet::weights::WeightSource;
    use mos_spaces::SearchSpace;
    use mos_spaces::catalog::layout_of;
    use mos_spaces::method::{MethodSettings, WeightKind};

    #[test]
    fn spikes_at_both_ends_are_dropped() {
        let values = vec![2.0, 2.0, 900.0, 2.0, 2.0, 2.0, 2.0, 0.001, 2.0, 2.0];
        assert_eq!(trimmed(values, 0.1), Timing { mean_ms: 2.0, std_ms: 0.0 });
        let few = trimmed(vec![1.0, 3.0], 0.1);
        assert_eq!((few.mean_ms, few.std_ms), (2.0, 1.0));
    }

    #[test]
    fn sentences_are_those_of_the_protocol() {
        let ids = |first| Vec::<i64>::try_from(sentence(4, first)).unwrap();
        assert_eq!(ids(true), [2, 7, 7, 7]);
        assert_eq!(ids(false), [7, 7, 7, 2]);
    }

    #[test]
    fn both_parts_are_measured() {
        let space = SearchSpace::find("scaled-smoke").unwrap();
        let kind = WeightKind::Shared { merged_init: false };
        let weights =
            WeightSource::supernet(layout_of(&space, 100).into(), kind, &MethodSettings::default(), 1, Device::Cpu);
        let positions = Positions::new(&space, weights.compute_kind(), Device::Cpu);
        let protocol = Protocol { length: 30, beam: 5, dry_runs: 1, repeats: 10, trim: 0.1 };
        let latency = measure(&protocol, &Subnet::new(&weights.materialise(&space.largest())), &positions);
        assert!(latency.encoder.mean_ms > 0.0 && latency.decoder.mean_ms > 0.0);
        assert_eq!(latency.total_ms(), latency.encoder.mean_ms + latency.decoder.mean_ms);
    }
}
