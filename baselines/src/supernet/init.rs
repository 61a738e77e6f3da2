//! Draws the first values of parameters. They are functions of seeds and names alone, so that every method of a
//! comparison starts from the same shared weights.

use mos_base::seed::{Purpose, name};
use mos_spaces::params::{Init, ParamSpec};
use tch::{Device, Kind, Tensor};

/// Draws the first value of a parameter from a generator with this seed.
pub fn first_value(spec: &ParamSpec, seed: i64) -> Tensor {
    let options = (Kind::Float, Device::Cpu);
    let shape = spec.shape.as_slice();
    match spec.init {
        Init::Ones => Tensor::ones(shape, options),
        Init::Zeros => Tensor::zeros(shape, options),
        Init::Identity => Tensor::eye_m(shape[0], shape[1], options),
        Init::Normal { std, zero_row } => {
            tch::manual_seed(seed);
            let mut value = Tensor::zeros(shape, options);
            let _ = value.normal_(0.0, std);
            if let Some(row) = zero_row {
                let _ = value.get(row).zero_();
            }
            value
        }
        Init::Uniform { bound } => {
            tch::manual_seed(seed);
            let mut value = Tensor::zeros(shape, options);
            let _ = value.uniform_(-bound, bound);
            value
        }
    }
}

/// Draws the first value of a shared parameter; `draw` numbers the experts.
pub fn shared_value(spec: &ParamSpec, seed_value: u64, draw: u64) -> Tensor {
    first_value(spec, Purpose::FirstValues.seed(&[seed_value, name(&spec.name), draw]))
}
