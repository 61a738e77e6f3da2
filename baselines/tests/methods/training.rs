//! Tests the training loop.

use mos_baselines::supernet::weights::WeightSource;
use mos_baselines::training::trainer::Trainer;
use mos_baselines::translation::batch::DeviceBatch;
use mos_spaces::hat::view::HatArch;
use mos_spaces::method::{self, Method, MethodSettings};
use mos_spaces::sampler::SubnetSampler;
use tch::Device;

use crate::setup::*;

#[test]
fn micro_batches_equal_one_large_batch() {
    let _generator = own_generator();
    let all = pairs(8, 5);
    let whole = [DeviceBatch::new(&batch_of(&all), Device::Cpu)];
    let parts: Vec<_> = all.chunks(3).map(|part| DeviceBatch::new(&batch_of(part), Device::Cpu)).collect();
    for kind in ["sandwich", "mos-neuron"] {
        // Dropout is off, because a router's is drawn once a micro-batch.
        let make = || {
            let settings = MethodSettings { experts: 2, router_width: 16, router_dropout: 0.0 };
            let method = Method::find(kind).unwrap();
            let source = WeightSource::supernet(layout(), method.weights, &settings, 3, Device::Cpu);
            let sampler = SubnetSampler::over_space(method.sampler, 7);
            // It runs in float64: Adam blows up rounding noise where the true gradient is zero (biases of attention
            // keys).
            let source = source.into_double();
            Trainer::new(task(&source, Some(0.0)), source, sampler, config())
        };
        let (mut one, mut many) = (make(), make());
        for _ in 0..3 {
            let (a, b) = (one.update(&whole), many.update(&parts));
            assert_eq!(a.weight, b.weight);
            assert!((a.flops - b.flops).abs() / a.flops < 1e-12);
            let (a, b) = (a.loss.double_value(&[]), b.loss.double_value(&[]));
            assert!((a - b).abs() / a < 1e-6, "{kind}: {a} {b}");
        }
        assert!(largest_difference(&one.weights.params.flat, &many.weights.params.flat) < 1e-8, "{kind}");
    }
}

#[test]
fn every_method_learns_to_copy_a_few_pairs() {
    let _generator = own_generator();
    for method in method::all().iter().filter(|m| !m.is_reference()) {
        let mut trainer = trainer(&method.name, 2, 0.0);
        let batch = [device_batch(6, 1)];
        let mut loss = || {
            let stats = trainer.update(&batch);
            trainer.check_loss(&stats).unwrap()
        };
        let first = loss();
        let last = (0..35).map(|_| loss()).last().unwrap();
        assert!(last < first - 1.0, "{}: {first} -> {last}", method.name);
    }
}

#[test]
fn training_is_repeatable_bit_for_bit() {
    let _generator = own_generator();
    for kind in ["hat", "mos-neuron"] {
        let run = || {
            let mut trainer = trainer(kind, 2, 0.2);
            for i in 0..4 {
                trainer.update(&[device_batch(6, i)]);
            }
            bits(&trainer.weights.params.flat)
        };
        assert_eq!(run(), run(), "{kind}");
    }
}

#[test]
fn a_diverged_training_is_reported_and_not_silent() {
    let _generator = own_generator();
    let mut trainer = trainer("sandwich", 1, 0.0);
    let _ = trainer.weights.params.flat.get(0).fill_(f64::NAN);
    let stats = trainer.update(&[device_batch(6, 1)]);
    let error = trainer.check_loss(&stats).unwrap_err().to_string();
    assert!(error.contains("diverged at update 1") && error.contains("lower the peak learning rate"), "{error}");
}

#[test]
fn an_update_moves_only_what_its_subnets_use() {
    let _generator = own_generator();
    let arch = space().smallest();
    let mut trainer = fixed_trainer(supernet("sandwich", 1, 3), arch.clone(), 0.1);
    let before = trainer.weights.params.flat.copy();
    trainer.update(&[device_batch(6, 1)]);
    let names = ["decoder.1.fc1.weight", "decoder.1.self.out.weight"];
    let untouched = supernet("sandwich", 1, 3);
    for name in names {
        assert_eq!(bits(trainer.weights.params.named(name)), bits(untouched.params.named(name)), "{name}");
    }
    let fc1 = trainer.weights.params.named("encoder.0.fc1.weight");
    let old = untouched.params.named("encoder.0.fc1.weight");
    let hat = HatArch::of(&arch);
    let (rows, columns) = (hat.encoder_ffn[0], hat.encoder_width);
    assert!(
        largest_difference(
            &fc1.narrow(0, 0, rows).narrow(1, 0, columns),
            &old.narrow(0, 0, rows).narrow(1, 0, columns)
        ) > 0.0
    );
    let below = fc1.size()[0] - rows;
    assert_eq!(bits(&fc1.narrow(0, rows, below)), bits(&old.narrow(0, rows, below)));
    assert!(largest_difference(&before, &trainer.weights.params.flat) > 0.0);
}
