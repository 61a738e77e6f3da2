//! Tests of NAS-BERT's blocks: what they share, that none depends on another, that padding does not count, that they learn.

use std::collections::HashMap;
use std::sync::Arc;

use mos_baselines::bert::batch::Sequences;
use mos_baselines::bert::block_distil::{BlockBatch, BlockDistil, BlockTeacher};
use mos_baselines::bert::fine_tune_layout::{FineTuneLayout, Pooling};
use mos_baselines::supernet::weights::{ScratchInit, SubnetWeights, WeightSource};
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_spaces::SearchSpace;
use mos_spaces::bert::blocks::{Block, every_block, join};
use mos_spaces::catalog::layout_of;
use mos_spaces::layout::Layout;
use mos_spaces::method::MethodSettings;
use mos_spaces::sampler::SubnetSampler;
use mos_spaces::schedule::{Decay, Schedule};
use tch::Device;

use crate::setup::*;
use crate::training::config;

fn blocks_space() -> SearchSpace {
    SearchSpace::find("nas-bert-smoke").unwrap()
}

fn blocks_supernet() -> WeightSource {
    let layout = layout_of(&blocks_space(), VOCAB).into();
    WeightSource::supernet(layout, weights_of("nas-bert"), &MethodSettings::default(), 1, Device::Cpu)
}

fn teacher() -> BlockTeacher {
    let space = SearchSpace::find("bert-v5.1-smoke").unwrap();
    let layout = layout_of(&space, VOCAB).into();
    let weights = WeightSource::dense(layout, &space.largest(), ScratchInit::OwnSize, 7, Device::Cpu);
    BlockTeacher::new(&space, weights.materialise(&space.largest()), 2).unwrap()
}

fn task(source: &WeightSource) -> BlockDistil {
    BlockDistil::new(source.layout.clone(), teacher())
}

fn block(width: i64, operations: &[i64]) -> Block {
    Block { width, operations: operations.to_vec() }
}

fn net(source: &WeightSource, blocks: &[Block]) -> SubnetWeights {
    source.materialise(&join(&blocks_space(), blocks))
}

/// Makes one sequence, padded to `length`.
fn sequence(length: i64) -> BlockBatch {
    let own = [2, 9, 14, 23, 8, 3];
    let ids = own.iter().copied().chain(std::iter::repeat_n(1, length as usize - own.len()));
    BlockBatch::new(Sequences::new(&ids.collect::<Vec<i64>>(), None, vec![own.len() as i64], Device::Cpu))
}

#[test]
fn the_shared_parameters_are_those_of_every_net_and_no_others() {
    let _generator = own_generator();
    let (space, layout) = (blocks_space(), layout_of(&blocks_space(), VOCAB));
    let shared: HashMap<String, Vec<i64>> = layout.shared().into_iter().map(|spec| (spec.name, spec.shape)).collect();
    let mut seen = HashMap::new();
    for block in every_block(&space) {
        for spec in layout.specs(&join(&space, &[block.clone(), block])) {
            assert_eq!(shared.get(&spec.name), Some(&spec.shape), "{}", spec.name);
            seen.insert(spec.name, spec.shape);
        }
    }
    assert_eq!(shared, seen);
}

#[test]
fn a_blocks_loss_does_not_depend_on_the_other_block() {
    let _generator = own_generator();
    let source = blocks_supernet();
    let (task, batches) = (task(&source), [sequence(6)]);
    let (a, b, c) = (block(32, &[0, 3]), block(16, &[1]), block(32, &[3, 1]));
    let losses = |blocks: &[Block]| task.block_losses(&net(&source, blocks), &batches);
    let (ab, ac, cb) = (losses(&[a.clone(), b.clone()]), losses(&[a, c.clone()]), losses(&[c, b]));
    assert_eq!((ab[0], ab[1]), (ac[0], cb[1]));
    assert_ne!(ab[0], cb[0]);
}

#[test]
fn padding_changes_nothing() {
    let _generator = own_generator();
    let source = blocks_supernet();
    let task = task(&source);
    let weights = net(&source, &[block(32, &[3, 0]), block(16, &[1, 3])]);
    let losses = |length: i64| task.block_losses(&weights, &[sequence(length)]);
    for (bare, padded) in losses(6).into_iter().zip(losses(11)) {
        assert!((bare / padded - 1.0).abs() < 1e-5, "{bare} {padded}");
    }
}

#[test]
fn blocks_learn_and_the_rest_of_the_net_is_left_alone() {
    let _generator = own_generator();
    let source = blocks_supernet();
    let pools = vec![every_block(&blocks_space()); 2];
    let schedule = Schedule { decay: Decay::Constant, peak: 1e-2, warmup: 2, updates: 60 };
    let mut config = TrainerConfig { schedule, ..config() };
    config.adam.weight_decay = 0.0;
    let before = source.params.named("embed.word.weight").copy();
    let mut trainer = Trainer::new(task(&source), source, SubnetSampler::of_pools(pools, 1), config);
    let batch = [sequence(6)];
    let loss = |trainer: &Trainer<BlockDistil>| {
        let weights = net(&trainer.weights, &[block(32, &[0, 1]), block(16, &[3])]);
        trainer.task.block_losses(&weights, &batch).iter().sum::<f64>()
    };
    let first = loss(&trainer);
    for _ in 0..60 {
        trainer.update(&batch);
    }
    assert!(loss(&trainer) < 0.7 * first, "{first} to {}", loss(&trainer));
    assert_eq!(trainer.weights.params.named("embed.word.weight"), &before);
}

#[test]
fn layers_that_blocks_cannot_share_are_refused() {
    let _generator = own_generator();
    let space = SearchSpace::find("bert-v5.1-smoke").unwrap();
    let layout = layout_of(&space, VOCAB).into();
    let weights = WeightSource::dense(layout, &space.largest(), ScratchInit::OwnSize, 7, Device::Cpu);
    assert!(BlockTeacher::new(&space, weights.materialise(&space.largest()), 3).is_none());
}

#[test]
fn a_net_of_any_blocks_can_be_fine_tuned() {
    let _generator = own_generator();
    let space = blocks_space();
    for block in every_block(&space) {
        let arch = join(&space, &[block.clone(), block]);
        let inner: Arc<dyn Layout> = layout_of(&space, VOCAB).into();
        let pretrained = WeightSource::dense(inner.clone(), &arch, ScratchInit::SupernetSlice, 1, Device::Cpu);
        let layout = Arc::new(FineTuneLayout::new(inner, Pooling::Mean, 3));
        let tuned = WeightSource::dense(layout, &arch, ScratchInit::SupernetSlice, 1, Device::Cpu);
        tuned.take_corners(&pretrained);
        assert_eq!(tuned.params.named("embed.norm.weight"), pretrained.params.named("embed.norm.weight"));
        assert_eq!(tuned.params.named("task.output.weight").size(), [3, 32]);
    }
}
