//! Tests of fine-tuning: the head's layout, what is learned, what a start takes over.

use std::sync::Arc;

use mos_baselines::bert::batch::Sequences;
use mos_baselines::bert::examples::{Examples, Labels};
use mos_baselines::bert::fine_tune::{FineTune, Target};
use mos_baselines::bert::fine_tune_layout::{FineTuneLayout, Pooling};
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_spaces::layout::Layout;
use mos_spaces::sampler::SubnetSampler;
use mos_spaces::schedule::{Decay, Schedule};
use tch::Device;

use crate::setup::*;
use crate::training::config;

/// Makes examples whose first piece tells the label.
fn examples(labels: Labels, count: i64) -> Examples {
    let ids: Vec<i64> = (0..count).flat_map(|i| [0, 5 + i % 3, 20 + i % 7, 2, 1]).collect();
    let lengths = vec![4; count as usize];
    Examples::new(Sequences::new(&ids, None, lengths, Device::Cpu), &labels, Device::Cpu)
}

#[test]
fn classes_and_ratings_are_learned_with_either_pooling() {
    let _generator = own_generator();
    let classes = Labels::Classes((0..12).map(|i| i % 3).collect());
    let ratings = Labels::Ratings((0..12).map(|i| (i % 3) as f32 - 1.0).collect());
    for (target, labels) in [(Target::Classes(3), classes), (Target::Rating, ratings)] {
        for pooling in [Pooling::Mean, Pooling::Cls] {
            let layout = FineTuneLayout::new(layout(), pooling, target.outputs());
            let arch = space().largest();
            let shared: Arc<dyn Layout> = Arc::new(layout.clone());
            let source = WeightSource::dense(shared, &arch, ScratchInit::SupernetSlice, 1, Device::Cpu);
            let schedule = Schedule { decay: Decay::Constant, peak: 3e-3, warmup: 20, updates: 400 };
            let task = FineTune::new(layout, target, None);
            let settings = TrainerConfig { schedule, ..config() };
            let mut trainer = Trainer::new(task, source, SubnetSampler::fixed(arch.clone()), settings);
            let batch = [examples(labels.clone(), 12)];
            for _ in 0..400 {
                trainer.update(&batch);
            }
            let weights = trainer.weights.materialise(&arch);
            let losses = trainer.task.losses(&weights, &batch);
            assert!(losses.nll < 0.1, "{target:?} {pooling:?}: {}", losses.nll);
            assert_eq!(trainer.task.predictions(&weights, &batch).len(), 12);
        }
    }
}

#[test]
fn a_start_takes_the_encoder_over_and_keeps_the_new_head() {
    let _generator = own_generator();
    let pretrained = supernet("mos-neuron", 7);
    let arch = space().sample_at(1, 3);
    let layout: Arc<dyn Layout> = Arc::new(FineTuneLayout::new(layout(), Pooling::Mean, 3));
    let dense = || WeightSource::dense(layout.clone(), &arch, ScratchInit::SupernetSlice, 1, Device::Cpu);
    let merged = dense();
    merged.take_corners(&pretrained.collapse(&arch));
    let routed = WeightSource::like(&pretrained, layout.clone(), weights_of("mos-neuron"), 1, Device::Cpu);
    routed.take_corners(&pretrained);
    let (merged_weights, routed_weights) = (merged.materialise(&arch), routed.materialise(&arch));
    let fresh = dense();
    for ((spec, merged), routed) in merged_weights.specs.iter().zip(&merged_weights.leaves).zip(&routed_weights.leaves)
    {
        assert!(largest_difference(merged, routed) < 1e-6, "{}", spec.name);
        let is_new = spec.name.starts_with("task.");
        let same = largest_difference(merged, fresh.params.named(&spec.name)) == 0.0;
        // Biases and norms start alike in every network.
        assert!(
            same == is_new
                || spec.name.ends_with("bias")
                || spec.name.contains("norm")
                || spec.name.contains(".in.")
                || spec.name.contains(".out."),
            "{}",
            spec.name
        );
    }
}
