//! Makes small networks and batches for the tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_baselines::translation::batch::DeviceBatch;
use mos_baselines::translation::model::Subnet;
use mos_baselines::translation::positions::Positions;
use mos_baselines::translation::rates::{Dropout, Rates};
use mos_baselines::translation::task::Translation;
use mos_datasets::batch::Batch;
use mos_datasets::{EOS, PAD};
use mos_spaces::catalog::layout_of;
use mos_spaces::layout::Layout;
use mos_spaces::method::MethodSettings;
use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
use mos_spaces::schedule::{Decay, Schedule};
use mos_spaces::{Arch, Method, SearchSpace};
use tch::{Device, Kind, Tensor};

pub const VOCAB: i64 = 50;

/// Returns the space of plumbing tests: three encoder layers, one or two decoder layers.
pub fn space() -> SearchSpace {
    SearchSpace::find("scaled-smoke").unwrap()
}

/// Returns the layout of its networks.
pub fn layout() -> Arc<dyn Layout> {
    layout_of(&space(), VOCAB).into()
}

/// Makes a padded batch of pairs of ids (without specials).
pub fn batch_of(pairs: &[(Vec<i64>, Vec<i64>)]) -> Batch {
    let (pad, eos) = (i64::from(PAD), i64::from(EOS));
    let with_eos = |ids: &[i64]| ids.iter().copied().chain([eos]).collect::<Vec<_>>();
    let fill = |ids: Vec<i64>, length: usize| {
        let missing = length - ids.len();
        ids.into_iter().chain(std::iter::repeat_n(pad, missing)).collect::<Vec<_>>()
    };
    let source_len = pairs.iter().map(|p| p.0.len() + 1).max().unwrap();
    let target_len = pairs.iter().map(|p| p.1.len() + 1).max().unwrap();
    let shifted = |ids: &[i64]| [eos].into_iter().chain(ids.iter().copied()).collect::<Vec<_>>();
    Batch {
        rows: pairs.len(),
        source_len,
        target_len,
        source: pairs.iter().flat_map(|p| fill(with_eos(&p.0), source_len)).collect(),
        decoder_input: pairs.iter().flat_map(|p| fill(shifted(&p.1), target_len)).collect(),
        target: pairs.iter().flat_map(|p| fill(with_eos(&p.1), target_len)).collect(),
        source_lengths: pairs.iter().map(|p| p.0.len() as i64 + 1).collect(),
        target_lengths: pairs.iter().map(|p| p.1.len() as i64 + 1).collect(),
        indices: (0..pairs.len() as u32).collect(),
    }
}

/// Makes pairs of unequal lengths, a function of `salt`.
pub fn pairs(count: usize, salt: i64) -> Vec<(Vec<i64>, Vec<i64>)> {
    let sentence = |n: i64, seed: i64| (0..n).map(|i| 4 + (seed * 31 + i * 17 + salt * 7) % (VOCAB - 4)).collect();
    (0..count as i64).map(|i| (sentence(3 + i % 4, i), sentence(2 + (i * 3) % 5, i + 100))).collect()
}

pub fn device_batch(count: usize, salt: i64) -> DeviceBatch {
    DeviceBatch::new(&batch_of(&pairs(count, salt)), Device::Cpu)
}

/// Makes a supernet of a method with `experts` experts.
pub fn supernet(method: &str, experts: i64, seed: u64) -> WeightSource {
    let settings = MethodSettings { experts, router_width: 16, router_dropout: 0.1 };
    let kind = Method::find(method).unwrap().weights;
    WeightSource::supernet(layout(), kind, &settings, seed, Device::Cpu)
}

pub fn dense(arch: &Arch, seed: u64) -> WeightSource {
    WeightSource::dense(layout(), arch, ScratchInit::SupernetSlice, seed, Device::Cpu)
}

pub fn config() -> TrainerConfig {
    TrainerConfig {
        schedule: Schedule { decay: Decay::Cosine, peak: 5e-3, warmup: 4, updates: 40 },
        clip_norm: 1.0,
        subnet_losses: SubnetLosses::Mean,
        adam: AdamConfig::default(),
        seed: 7,
    }
}

/// Makes the task of translation with these weights.
pub fn task(source: &WeightSource, dropout: Option<f64>) -> Translation {
    let dropout = dropout.map(|rate| Dropout { residual: rate, attention: rate });
    Translation::new(source.layout.clone(), dropout, 0.1, source.compute_kind(), Device::Cpu)
}

/// Makes a trainer of a supernet method.
pub fn trainer(method: &str, experts: i64, dropout: f64) -> Trainer<Translation> {
    let sampler = SubnetSampler::over_space(Method::find(method).unwrap().sampler, 7);
    let source = supernet(method, experts, 3);
    Trainer::new(task(&source, Some(dropout)), source, sampler, config())
}

pub fn fixed_trainer(source: WeightSource, arch: Arch, dropout: f64) -> Trainer<Translation> {
    Trainer::new(task(&source, Some(dropout)), source, SubnetSampler::fixed(arch), config())
}

/// Returns the logits of all target positions of a batch, without dropout.
pub fn logits(source: &WeightSource, arch: &Arch, batch: &DeviceBatch) -> Tensor {
    tch::no_grad(|| {
        let weights = source.materialise(arch);
        let positions = Positions::new(source.space(), source.compute_kind(), Device::Cpu);
        let subnet = Subnet::new(&weights);
        let states = subnet.states(&positions, batch, Rates::default());
        states.mm(&subnet.output.tr())
    })
}

/// Returns a digest of the exact bits of a tensor.
pub fn bits(t: &Tensor) -> u64 {
    let values: Vec<f32> = Vec::try_from(t.flatten(0, -1).to_kind(Kind::Float)).unwrap();
    values.into_iter().fold(0xcbf2_9ce4_8422_2325, |h, v| (h ^ u64::from(v.to_bits())).wrapping_mul(0x0100_0000_01b3))
}

/// Owns libtorch's generator, which is one for the process. Tests run in threads, and one that draws owns it meanwhile.
pub fn own_generator() -> MutexGuard<'static, ()> {
    static GENERATOR: Mutex<()> = Mutex::new(());
    // These networks are too small for two threads.
    tch::set_num_threads(1);
    GENERATOR.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn largest_difference(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}

/// Returns a few subnets, extremes included.
pub fn some_archs() -> Vec<Arch> {
    let space = space();
    let random = (0..6).map(|u| space.sample_at(11, u));
    [space.largest(), space.smallest()].into_iter().chain(random).collect()
}
