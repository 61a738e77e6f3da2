//! Tests of experts that start as copies, as from a public checkpoint.

use mos_baselines::bert::masked_lm::MaskedLm;
use mos_baselines::bert::public;
use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::task::Task;
use mos_baselines::training::trainer::Trainer;
use mos_spaces::method::SamplerKind;
use mos_spaces::sampler::SubnetSampler;

use crate::setup::*;
use crate::training::config;

fn from_checkpoint(method: &str) -> WeightSource {
    let source = supernet(method, 1);
    public::load(&source, &fixture_path("tiny-bert.safetensors")).unwrap();
    source.copy_experts();
    source
}

/// Trains a few updates and returns the loss of the largest and the smallest subnet.
fn trained(source: WeightSource) -> [f64; 2] {
    let (space, layout) = (space(), source.layout.clone());
    let sampler = SubnetSampler::over_space(SamplerKind::Sandwich, 1);
    let mut trainer = Trainer::new(MaskedLm::new(layout, None), source, sampler, config());
    for update in 0..5 {
        trainer.update(&[random_batch(4, update)]);
    }
    let losses = |arch| trainer.task.losses(&trainer.weights.materialise(&arch), &[random_batch(4, 99)]).nll;
    [losses(space.largest()), losses(space.smallest())]
}

#[test]
fn from_copies_a_constant_router_is_plain_sharing() {
    let _generator = own_generator();
    let plain = trained(from_checkpoint("sandwich"));
    for method in ["mos-layer-const", "mos-neuron-const"] {
        let constant = trained(from_checkpoint(method));
        // Each expert gets its coefficient's share of the gradient. Adam divides by its size, so all experts make the step of
        // plain sharing, up to the epsilon.
        for (constant, plain) in constant.iter().zip(plain) {
            assert!((constant - plain).abs() < 1e-3, "{method}: {constant}, {plain}");
        }
    }
}

#[test]
fn independent_experts_are_no_copies() {
    let _generator = own_generator();
    let source = supernet("mos-neuron", 1);
    let (first, second) = ("layer.0.fc1.weight", "expert.1.layer.0.fc1.weight");
    let difference =
        |source: &WeightSource| largest_difference(source.params.named(first), source.params.named(second));
    assert!(difference(&source) > 0.01);
    source.copy_experts();
    assert_eq!(difference(&source), 0.0);
}

#[test]
fn the_diagnosis_tells_copies_and_constant_routers() {
    let _generator = own_generator();
    assert!(supernet("sandwich", 1).diagnosis().is_none());
    let routed = supernet("mos-neuron", 1).diagnosis().unwrap();
    // Two independent draws of one scale are about sqrt(2) of their norm apart; their biases are zeros.
    assert!((routed.expert_distance - 2.0_f64.sqrt()).abs() < 0.2, "{routed:?}");
    assert!(routed.mixing_spread > 1e-5, "{routed:?}");
    assert_eq!(supernet("mos-neuron-const", 1).diagnosis().unwrap().mixing_spread, 0.0);
    assert_eq!(from_checkpoint("mos-layer").diagnosis().unwrap().expert_distance, 0.0);
}
