//! A slice trained alone equals a dense module of that size, as PyTorch's own modules compute it.
//! `fixtures/torch/make_fixtures.py` is the recipe of the stored values.

use std::collections::HashMap;

use mos_baselines::adam::AdamConfig;
use mos_baselines::model::{DeviceBatch, Dropout, Positions};
use mos_baselines::sampler::SubnetSampler;
use mos_baselines::schedule::{Decay, Schedule};
use mos_baselines::space::{Arch, SearchSpace};
use mos_baselines::trainer::{Trainer, TrainerConfig, subnet_gradients};
use mos_baselines::weights::{ScratchInit, WeightSource};
use mos_datasets::PAD;
use mos_datasets::batch::Batch;
use tch::{Device, Kind, Tensor};

use crate::setup::*;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/torch/dense_hat.safetensors");
const ROWS_OF_VOCABULARY: i64 = 40;

struct Fixture(HashMap<String, Tensor>);

impl Fixture {
    fn read() -> Self {
        Fixture(Tensor::read_safetensors(FIXTURE).unwrap().into_iter().collect())
    }

    fn get(&self, name: &str) -> &Tensor {
        self.0.get(name).unwrap_or_else(|| panic!("the fixture holds no {name}"))
    }

    fn batch(&self) -> Batch {
        let ids = |name: &str| Vec::<i64>::try_from(self.get(name).flatten(0, -1)).unwrap();
        let (source, target) = (self.get("batch.source"), self.get("batch.target"));
        let (rows, source_len) = source.size2().unwrap();
        let lengths = |t: &Tensor| {
            let real = t.ne(i64::from(PAD)).sum_dim_intlist(1, false, Kind::Int64);
            Vec::<i64>::try_from(real).unwrap()
        };
        Batch {
            rows: rows as usize,
            source_len: source_len as usize,
            target_len: target.size()[1] as usize,
            source: ids("batch.source"),
            decoder_input: ids("batch.decoder_input"),
            target: ids("batch.target"),
            source_lengths: lengths(source),
            target_lengths: lengths(target),
            indices: (0..rows as u32).collect(),
        }
    }
}

fn fixture_space() -> SearchSpace {
    let mut space = space();
    space.encoder_embed_dims = vec![32, 24];
    space.decoder_embed_dims = vec![32, 16];
    space.encoder_ffn_dims = vec![64, 48, 32];
    space.decoder_ffn_dims = vec![64, 48, 32];
    space.qkv_dim = 32;
    space.max_positions = 62;
    space
}

fn fixture_arch() -> Arch {
    Arch {
        encoder_embed_dim: 24,
        decoder_embed_dim: 16,
        encoder_ffn_dims: vec![64, 32, 48],
        encoder_heads: vec![2, 1, 2],
        decoder_ffn_dims: vec![32, 64],
        decoder_self_heads: vec![2, 1],
        decoder_cross_heads: vec![1, 2],
        decoder_arbitrary: vec![-1, 2],
    }
}

/// The dense network with the fixture's first weights, in float64. The stored table is as wide as the supernet's.
fn source(fixture: &Fixture) -> WeightSource {
    let (space, arch) = (fixture_space(), fixture_arch());
    let source =
        WeightSource::dense(&space, &arch, ROWS_OF_VOCABULARY, ScratchInit::OwnSize, 1, Device::Cpu).into_double();
    for (id, shape) in source.params.shapes().to_vec().iter().enumerate() {
        let value = mos_baselines::params::corner(fixture.get(&format!("init.{}", shape.name)), &shape.shape);
        source.params.value(id).shallow_clone().copy_(&value);
    }
    source
}

fn close(name: &str, mine: &Tensor, theirs: &Tensor, tolerance: f64) {
    let theirs = mos_baselines::params::corner(theirs, &mine.size()).to_kind(mine.kind());
    let difference = largest_difference(mine, &theirs);
    let scale = theirs.abs().max().double_value(&[]).max(1.0);
    assert!(difference < tolerance * scale, "{name}: {difference} of {scale}");
}

#[test]
fn outputs_loss_and_gradients_are_pytorchs() {
    let _generator = own_generator();
    let fixture = Fixture::read();
    let (space, arch, source) = (fixture_space(), fixture_arch(), source(&fixture));
    let batch = DeviceBatch::new(&fixture.batch(), Device::Cpu);
    let vocab = ROWS_OF_VOCABULARY;
    let theirs = fixture.get("logits").view([-1, vocab]);
    let theirs = batch.target_rows.as_ref().map_or_else(|| theirs.shallow_clone(), |r| theirs.index_select(0, r));
    close("logits", &logits(&source, &arch, &batch), &theirs, 1e-6);
    let positions = Positions::new(&space, Kind::Double, Device::Cpu);
    let weights = source.materialise(&arch, true);
    let (loss, grads) = subnet_gradients(&space, &weights, &positions, &batch, None, 0.1);
    close("loss", &loss, fixture.get("loss"), 1e-6);
    for (shape, grad) in weights.shapes.iter().zip(&grads) {
        close(&shape.name, grad, fixture.get(&format!("grad.{}", shape.name)), 1e-6);
    }
}

#[test]
fn three_adam_updates_are_pytorchs() {
    let _generator = own_generator();
    let fixture = Fixture::read();
    let config = TrainerConfig {
        // Without warm-up, and so long that the cosine stays at its top.
        schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 0, updates: 1_000_000_000 },
        dropout: Dropout::default(),
        label_smoothing: 0.1,
        clip_norm: 0.0,
        adam: AdamConfig::default(),
        seed: 1,
    };
    let mut trainer = Trainer::new(source(&fixture), SubnetSampler::fixed(fixture_arch()), config);
    let batch = [DeviceBatch::new(&fixture.batch(), Device::Cpu)];
    for _ in 0..3 {
        trainer.update(&batch);
    }
    for (id, shape) in trainer.weights.params.shapes().iter().enumerate() {
        // A bias of keys has no effect: its gradient is rounding noise, which Adam blows up.
        if shape.name.ends_with("cross.k.bias") || shape.name.ends_with("self.in_proj.bias") {
            continue;
        }
        let theirs = fixture.get(&format!("after.{}", shape.name));
        close(&shape.name, trainer.weights.params.value(id), theirs, 1e-6);
    }
}
