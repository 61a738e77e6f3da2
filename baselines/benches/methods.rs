//! One training update of each method at `quick` size and at the paper's, weight merging alone, and beam search.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mos_baselines::adam::AdamConfig;
use mos_baselines::decode::{BeamConfig, beam_search};
use mos_baselines::method::{METHODS, Method, MethodSettings, SamplerKind};
use mos_baselines::model::{DeviceBatch, Dropout, Positions, Subnet};
use mos_baselines::sampler::SubnetSampler;
use mos_baselines::schedule::{Decay, Schedule};
use mos_baselines::space::SearchSpace;
use mos_baselines::trainer::{Trainer, TrainerConfig};
use mos_baselines::weights::{ScratchInit, WeightSource};
use mos_datasets::SPECIALS;
use mos_datasets::batch::Batch;
use tch::{Device, Kind};

/// Tokens a side of every sentence.
const LENGTH: usize = 32;

/// What is timed: space, vocabulary, sentences, threads.
struct Size {
    name: &'static str,
    space: &'static str,
    vocab: i64,
    rows: usize,
    threads: i32,
    samples: usize,
}

const SIZES: [Size; 2] = [
    Size { name: "quick", space: "scaled-quick", vocab: 1500, rows: 16, threads: 1, samples: 20 },
    Size { name: "paper", space: "wmt14-en-de", vocab: 32_768, rows: 32, threads: 2, samples: 10 },
];

/// Sentences of equal length; ids do not matter for the time.
fn batch(size: &Size) -> Batch {
    let words = size.vocab - SPECIALS as i64;
    let ids: Vec<i64> = (0..size.rows * LENGTH).map(|i| SPECIALS as i64 + (i as i64 * 7919) % words).collect();
    let lengths = vec![LENGTH as i64; size.rows];
    Batch {
        rows: size.rows,
        source_len: LENGTH,
        target_len: LENGTH,
        source: ids.clone(),
        decoder_input: ids.clone(),
        target: ids,
        source_lengths: lengths.clone(),
        target_lengths: lengths,
        indices: (0..size.rows as u32).collect(),
    }
}

fn supernet(size: &Size, method: &Method) -> WeightSource {
    let space = SearchSpace::find(size.space).expect("declared");
    WeightSource::supernet(&space, size.vocab, method.weights, &MethodSettings::default(), 1, Device::Cpu)
}

fn trainer(size: &Size, method: &Method) -> Trainer {
    let space = SearchSpace::find(size.space).expect("declared");
    let (weights, sampler) = if method.sampler == SamplerKind::Fixed {
        let arch = space.largest();
        let dense = WeightSource::dense(&space, &arch, size.vocab, ScratchInit::SupernetSlice, 1, Device::Cpu);
        (dense, SubnetSampler::fixed(arch))
    } else {
        (supernet(size, method), Trainer::sampler_of(method, 1))
    };
    let config = TrainerConfig {
        schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 100, updates: 100_000 },
        dropout: Dropout { residual: 0.1, attention: 0.0 },
        label_smoothing: 0.1,
        clip_norm: 1.0,
        adam: AdamConfig::default(),
        seed: 1,
    };
    Trainer::new(weights, sampler, config)
}

fn updates(criterion: &mut Criterion) {
    for size in &SIZES {
        tch::set_num_threads(size.threads);
        let mut group = criterion.benchmark_group(format!("update/{}", size.name));
        group.sample_size(size.samples);
        let batch = [DeviceBatch::new(&batch(size), Device::Cpu)];
        for method in METHODS.iter().filter(|m| !m.name.contains("const") && !m.name.contains("merged")) {
            // Made inside, so that networks of the paper's size do not stand in memory together.
            group.bench_function(method.name, |b| {
                let mut trainer = trainer(size, method);
                b.iter(|| trainer.update(&batch));
            });
        }
    }
}

fn merging(criterion: &mut Criterion) {
    for size in &SIZES {
        tch::set_num_threads(size.threads);
        let mut group = criterion.benchmark_group(format!("merge/{}", size.name));
        group.sample_size(size.samples);
        for name in ["sandwich", "mos-layer", "mos-neuron"] {
            group.bench_function(name, |b| {
                let source = supernet(size, Method::find(name).expect("in the table"));
                let arch = source.space.largest();
                b.iter_batched(|| (), |()| source.materialise(&arch, true), BatchSize::PerIteration);
            });
        }
    }
}

fn decoding(criterion: &mut Criterion) {
    let size = &SIZES[0];
    tch::set_num_threads(size.threads);
    let source = supernet(size, Method::find("sandwich").expect("in the table"));
    let weights = tch::no_grad(|| source.materialise(&source.space.largest(), false));
    let subnet = Subnet::new(&source.space, &weights);
    let positions = Positions::new(&source.space, Kind::Float, Device::Cpu);
    let batch = batch(size);
    let on_device = DeviceBatch::new(&batch, Device::Cpu);
    let config = BeamConfig { beam: 4, length_penalty: 0.6, max_len_a: 0.0, max_len_b: LENGTH };
    criterion.bench_function("beam_search/quick/16x32", |b| {
        b.iter(|| beam_search(&subnet, &positions, &on_device.source, None, &batch.source_lengths, &config));
    });
}

criterion_group!(benches, updates, merging, decoding);
criterion_main!(benches);
