//! Tests AdamW and its schedules against PyTorch's, step by step (`fixtures/torch/make_optimizer_fixtures.py`).

use mos_baselines::supernet::store::ParamStore;
use mos_baselines::training::adam::{Adam, AdamConfig};
use mos_spaces::params::{Init, ParamSpec};
use mos_spaces::schedule::{Decay, Schedule};
use serde_json::Value;
use tch::{Device, Kind, Tensor};

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/torch/optimizer.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Makes the parameters of the fixture: the first decays, the second does not.
fn store(start: &Value) -> ParamStore {
    let lists = [floats(&start[0]), floats(&start[1])];
    let specs = [("decaying", true), ("other", false)].iter().zip(&lists);
    let specs = specs.map(|((name, decay), list)| {
        let spec = ParamSpec::new(*name, &[list.len() as i64], Init::Zeros);
        ParamSpec { decay: *decay, ..spec }
    });
    let store = ParamStore::zeros(specs.collect(), Kind::Double, Device::Cpu);
    tch::no_grad(|| lists.iter().enumerate().for_each(|(i, list)| set(store.value(i), list)));
    store
}

fn set(tensor: &Tensor, values: &[f64]) {
    let mut tensor = tensor.shallow_clone();
    tensor.copy_(&Tensor::from_slice(values));
}

#[test]
fn weight_decay_and_schedules_are_pytorchs() {
    let fixture = fixture();
    let settings = &fixture["settings"];
    let peak = settings["peak"].as_f64().unwrap();
    let (warmup, updates) = (settings["warmup"].as_u64().unwrap(), settings["updates"].as_u64().unwrap());
    for decay in [Decay::Linear, Decay::InverseSquareRoot] {
        let expected = &fixture[decay.name()];
        let schedule = Schedule { decay, peak, warmup, updates };
        let config = AdamConfig { weight_decay: settings["weight_decay"].as_f64().unwrap(), ..AdamConfig::default() };
        let params = store(&fixture["start"]);
        let mut adam = Adam::new(config, &params);
        let one = Tensor::from(1.0f64);
        for t in 0..updates {
            let at = t as usize;
            let rate = schedule.rate(t);
            let published = expected["rates"][at].as_f64().unwrap();
            assert!((rate - published).abs() <= 1e-12 * peak, "{}: update {t}: {rate} for {published}", decay.name());
            for i in 0..2 {
                set(params.grad(i), &floats(&fixture["gradients"][at][i]));
            }
            tch::no_grad(|| adam.step(rate, &one));
            for i in 0..2 {
                let after = Tensor::from_slice(&floats(&expected["after"][at][i]));
                let off = (params.value(i) - after).abs().max().double_value(&[]);
                assert!(off < 1e-12, "{}: update {t}, parameter {i} is off by {off}", decay.name());
            }
        }
    }
}
