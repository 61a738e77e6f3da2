//! Tests that a slice trained alone equals a dense module of that size, as PyTorch's own modules compute it.
//! `fixtures/torch/make_fixtures.py` is the recipe of the stored values.

use std::collections::HashMap;

use mos_baselines::supernet::pass::SubnetPass;
use mos_baselines::supernet::store::corner;
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_baselines::translation::batch::DeviceBatch;
use mos_datasets::PAD;
use mos_datasets::batch::Batch;
use mos_spaces::catalog::layout_of;
use mos_spaces::hat::constants::Constants as HatConstants;
use mos_spaces::hat::fields::*;
use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
use mos_spaces::schedule::{Decay, Schedule};
use mos_spaces::space::Constants;
use mos_spaces::{Arch, SearchSpace};
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
    space.choices[ENCODER_WIDTH] = vec![32, 24];
    space.choices[DECODER_WIDTH] = vec![32, 16];
    space.choices[ENCODER_FFN] = vec![64, 48, 32];
    space.choices[DECODER_FFN] = vec![64, 48, 32];
    space.constants = Constants::Hat(HatConstants { qkv_dim: 32, tied_embeddings: true });
    space.max_positions = 62;
    space
}

fn fixture_arch() -> Arch {
    Arch::new(
        &HAT,
        vec![
            vec![24],
            vec![3],
            vec![64, 32, 48],
            vec![2, 1, 2],
            vec![16],
            vec![2],
            vec![32, 64],
            vec![2, 1],
            vec![1, 2],
            vec![-1, 2],
        ],
    )
}

/// Makes the dense network with the fixture's first weights, in float64. The stored table is as wide as the supernet's.
fn source(fixture: &Fixture) -> WeightSource {
    let layout = layout_of(&fixture_space(), ROWS_OF_VOCABULARY).into();
    let source = WeightSource::dense(layout, &fixture_arch(), ScratchInit::OwnSize, 1, Device::Cpu).into_double();
    for (id, spec) in source.params.specs().to_vec().iter().enumerate() {
        let value = corner(fixture.get(&format!("init.{}", spec.name)), &spec.shape);
        source.params.value(id).shallow_clone().copy_(&value);
    }
    source
}

fn close(name: &str, mine: &Tensor, theirs: &Tensor, tolerance: f64) {
    let theirs = corner(theirs, &mine.size()).to_kind(mine.kind());
    let difference = largest_difference(mine, &theirs);
    let scale = theirs.abs().max().double_value(&[]).max(1.0);
    assert!(difference < tolerance * scale, "{name}: {difference} of {scale}");
}

#[test]
fn outputs_loss_and_gradients_are_pytorchs() {
    let _generator = own_generator();
    let fixture = Fixture::read();
    let (arch, source) = (fixture_arch(), source(&fixture));
    let batch = DeviceBatch::new(&fixture.batch(), Device::Cpu);
    let vocab = ROWS_OF_VOCABULARY;
    let theirs = fixture.get("logits").view([-1, vocab]);
    let theirs = batch.target_rows.as_ref().map_or_else(|| theirs.shallow_clone(), |r| theirs.index_select(0, r));
    close("logits", &logits(&source, &arch, &batch), &theirs, 1e-6);
    let mut pass = SubnetPass::new(&source, &arch);
    let weights = pass.mix();
    let (loss, grads) = task(&source, None).gradients(weights, &batch);
    close("loss", &loss, fixture.get("loss"), 1e-6);
    for (spec, grad) in weights.specs.iter().zip(&grads) {
        close(&spec.name, grad, fixture.get(&format!("grad.{}", spec.name)), 1e-6);
    }
}

#[test]
fn three_adam_updates_are_pytorchs() {
    let _generator = own_generator();
    let fixture = Fixture::read();
    let config = TrainerConfig {
        // There is no warm-up, and the cosine is so long that it stays at its top.
        schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 0, updates: 1_000_000_000 },
        clip_norm: 0.0,
        subnet_losses: SubnetLosses::Mean,
        adam: AdamConfig::default(),
        seed: 1,
    };
    let source = source(&fixture);
    let mut trainer = Trainer::new(task(&source, Some(0.0)), source, SubnetSampler::fixed(fixture_arch()), config);
    let batch = [DeviceBatch::new(&fixture.batch(), Device::Cpu)];
    for _ in 0..3 {
        trainer.update(&batch);
    }
    for (id, spec) in trainer.weights.params.specs().iter().enumerate() {
        // A bias of keys has no effect: its gradient is rounding noise, which Adam blows up.
        if spec.name.ends_with("cross.k.bias") || spec.name.ends_with("self.in_proj.bias") {
            continue;
        }
        let theirs = fixture.get(&format!("after.{}", spec.name));
        close(&spec.name, trainer.weights.params.value(id), theirs, 1e-6);
    }
}
