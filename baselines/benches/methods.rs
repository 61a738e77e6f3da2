//! Times one training update of each method at `quick` size and at the paper's, weight merging alone, and beam search.

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_baselines::translation::batch::full_batch;
use mos_baselines::translation::decode::{BeamConfig, beam_search};
use mos_baselines::translation::model::Subnet;
use mos_baselines::translation::positions::Positions;
use mos_baselines::translation::rates::Dropout;
use mos_baselines::translation::task::Translation;
use mos_spaces::SearchSpace;
use mos_spaces::catalog::layout_of;
use mos_spaces::layout::Layout;
use mos_spaces::method::{self, Method, MethodSettings, Role, SamplerKind};
use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
use mos_spaces::schedule::{Decay, Schedule};
use tch::{Device, Kind};

/// Number of tokens a side of every sentence.
const LENGTH: usize = 32;

/// What is timed: a space, a vocabulary, and numbers of sentences and threads.
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

fn layout(size: &Size) -> Arc<dyn Layout> {
    layout_of(&SearchSpace::find(size.space).expect("declared"), size.vocab).into()
}

fn supernet(size: &Size, method: &Method) -> WeightSource {
    WeightSource::supernet(layout(size), method.weights, &MethodSettings::default(), 1, Device::Cpu)
}

fn trainer(size: &Size, method: &Method) -> Trainer<Translation> {
    let (weights, sampler) = if method.sampler == SamplerKind::Fixed {
        let layout = layout(size);
        let arch = layout.space().largest();
        let dense = WeightSource::dense(layout, &arch, ScratchInit::SupernetSlice, 1, Device::Cpu);
        (dense, SubnetSampler::fixed(arch))
    } else {
        (supernet(size, method), SubnetSampler::over_space(method.sampler, 1))
    };
    let config = TrainerConfig {
        schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 100, updates: 100_000 },
        clip_norm: 1.0,
        subnet_losses: SubnetLosses::Mean,
        adam: AdamConfig::default(),
        seed: 1,
    };
    let dropout = Dropout { residual: 0.1, attention: 0.0 };
    let task = Translation::new(weights.layout.clone(), Some(dropout), 0.1, weights.compute_kind(), Device::Cpu);
    Trainer::new(task, weights, sampler, config)
}

fn updates(criterion: &mut Criterion) {
    for size in &SIZES {
        tch::set_num_threads(size.threads);
        let mut group = criterion.benchmark_group(format!("update/{}", size.name));
        group.sample_size(size.samples);
        let batch = [full_batch(size.rows, LENGTH, size.vocab, Device::Cpu)];
        for method in method::all().iter().filter(|m| !matches!(m.role, Role::Control { .. })) {
            // The trainer is made inside, so that networks of the paper's size do not stand in memory together.
            group.bench_function(&method.name, |b| {
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
        for method in method::baselines().into_iter().take(1).chain(method::proposed()) {
            group.bench_function(&method.name, |b| {
                let source = supernet(size, method);
                let arch = source.space().largest();
                b.iter_batched(|| (), |()| SubnetPass::new(&source, &arch).mix().leaves.len(), BatchSize::PerIteration);
            });
        }
    }
}

fn decoding(criterion: &mut Criterion) {
    let size = &SIZES[0];
    tch::set_num_threads(size.threads);
    let source = supernet(size, method::baselines()[0]);
    let weights = source.materialise(&source.space().largest());
    let subnet = Subnet::new(&weights);
    let positions = Positions::new(source.space(), Kind::Float, Device::Cpu);
    let batch = full_batch(size.rows, LENGTH, size.vocab, Device::Cpu);
    let lengths = vec![LENGTH as i64; size.rows];
    let config = BeamConfig { beam: 4, length_penalty: 0.6, max_len_a: 0.0, max_len_b: LENGTH };
    criterion.bench_function("beam_search/quick/16x32", |b| {
        b.iter(|| beam_search(&subnet, &positions, &batch.source, None, &lengths, &config));
    });
}

criterion_group!(benches, updates, merging, decoding);
criterion_main!(benches);
