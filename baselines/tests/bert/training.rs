//! Tests of pre-training: a sum of losses is three times their mean, and the loss falls.

use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::bert::rates::Dropout;
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_spaces::method::SamplerKind;
use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
use mos_spaces::schedule::{Decay, Schedule};
use tch::Tensor;

use crate::setup::*;

/// Returns the settings of the tests' trainings.
pub fn config() -> TrainerConfig {
    TrainerConfig {
        schedule: Schedule { decay: Decay::Linear, peak: 1e-3, warmup: 2, updates: 60 },
        clip_norm: 0.0,
        subnet_losses: SubnetLosses::Sum,
        adam: AdamConfig { eps: 1e-6, weight_decay: 0.01, ..AdamConfig::default() },
        seed: 1,
    }
}

#[test]
fn the_sum_of_the_losses_has_three_times_the_gradient_of_their_mean() {
    let _generator = own_generator();
    let moment = |subnet_losses| {
        let source = supernet("sandwich", 4);
        let task = MaskedLm::new(source.layout.clone(), None);
        let sampler = SubnetSampler::over_space(SamplerKind::Sandwich, 1);
        let mut trainer = Trainer::new(task, source, sampler, TrainerConfig { subnet_losses, ..config() });
        trainer.update(&[random_batch(4, 1), random_batch(4, 2)]);
        trainer.adam.first
    };
    let (sum, mean): (Tensor, Tensor) = (moment(SubnetLosses::Sum), moment(SubnetLosses::Mean));
    assert!(largest_difference(&sum, &(mean * 3.0)) < 1e-6);
}

#[test]
fn biases_and_norms_do_not_decay() {
    let _generator = own_generator();
    for method in ["sandwich", "mos-layer", "mos-neuron"] {
        for spec in supernet(method, 4).params.specs() {
            let exempt = spec.name.ends_with(".bias") || spec.name.contains("norm");
            assert_eq!(spec.decay, !exempt, "{}", spec.name);
        }
    }
}

#[test]
fn every_method_learns_a_batch_by_heart() {
    let _generator = own_generator();
    for method in ["sandwich", "mos-layer", "mos-neuron", "mos-layer-const"] {
        let source = supernet(method, 4);
        let task = MaskedLm::new(source.layout.clone(), Some(Dropout { hidden: 0.1, attention: 0.1 }));
        let sampler = SubnetSampler::over_space(SamplerKind::Sandwich, 1);
        let schedule = Schedule { decay: Decay::Constant, peak: 1e-2, warmup: 2, updates: 60 };
        let mut trainer = Trainer::new(task, source, sampler, TrainerConfig { schedule, ..config() });
        let batch = [random_batch(4, 1)];
        let loss = |trainer: &Trainer<MaskedLm>| {
            trainer.task.losses(&trainer.weights.materialise(&space().smallest()), &batch).nll
        };
        let before = loss(&trainer);
        for _ in 0..60 {
            trainer.update(&batch);
        }
        assert!(loss(&trainer) < before - 1.0, "{method}: {before} to {}", loss(&trainer));
    }
}

#[test]
fn all_micro_batches_of_an_update_see_the_same_subnets() {
    let _generator = own_generator();
    let moment = |batches: usize| {
        let source = supernet("mos-layer", 4);
        let task = MaskedLm::new(source.layout.clone(), None);
        let sampler = SubnetSampler::over_space(SamplerKind::Sandwich, 1);
        let mut trainer = Trainer::new(task, source, sampler, config());
        let batch: Vec<_> = (0..batches).map(|_| random_batch(4, 1)).collect();
        trainer.update(&batch);
        trainer.adam.first
    };
    // A second draw within the update would add another subnet's gradient.
    assert!(largest_difference(&moment(1), &moment(2)) < 1e-6);
}
