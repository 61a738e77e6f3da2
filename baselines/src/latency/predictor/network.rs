//! Trains HAT's network: four hidden layers of 400 units (10-400-400-400-400-1 for its ten features) with ReLU, mean
//! squared error, Adam at 1e-5, 5,000 batches of 128 rows drawn without replacement, no choice of a best step
//! (`latency_predictor.py` of HAT and of Mixture-of-Supernets).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use mos_base::seed::Purpose;
use mos_spaces::params::{Init, ParamSpec};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::supernet::store::ParamStore;
use crate::training::adam::{Adam, AdamConfig};

/// Number of units of each layer behind the features, from the first hidden layer to the output.
const WIDTHS: [usize; 5] = [400, 400, 400, 400, 1];
const STEPS: usize = 5_000;
const BATCH: usize = 128;
const LEARNING_RATE: f64 = 1e-5;

/// The trained network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    layers: Vec<Layer>,
}

/// One affine layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Layer {
    /// Inputs x outputs, row by row.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Network {
    /// Computes the output. It is plain arithmetic: a tensor cannot be saved or shared between threads as simply, and
    /// for one row libtorch is no faster.
    pub fn predict(&self, x: &[f64]) -> f64 {
        let mut values: Vec<f32> = x.iter().map(|&v| v as f32).collect();
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                values.iter_mut().for_each(|v| *v = v.max(0.0));
            }
            values = layer.apply(&values);
        }
        f64::from(values[0])
    }
}

impl Layer {
    fn apply(&self, inputs: &[f32]) -> Vec<f32> {
        let mut outputs = self.bias.clone();
        for (input, row) in inputs.iter().zip(self.weights.chunks_exact(self.bias.len())) {
            outputs.iter_mut().zip(row).for_each(|(output, weight)| *output += input * weight);
        }
        outputs
    }
}

/// Rows to train on: features, targets, and the seed of all that is drawn.
pub struct TrainingSet {
    /// Features of each row.
    pub x: Vec<Vec<f64>>,
    /// Target of each row.
    pub y: Vec<f64>,
    /// Seed of first weights and batches.
    pub seed: u64,
}

/// Steps that a thread makes of one network before it takes the next.
const TURN: usize = 50;

/// Trains a network on each set, with as many threads as libtorch has, one thread a network: products as small as these
/// gain little from two. The networks take turns, so that no thread is idle before the end. All draws come from the seeds,
/// none from libtorch's global generator, so that jobs that train beside it keep theirs.
pub fn train(sets: &[TrainingSet]) -> Vec<Network> {
    train_steps(sets, STEPS)
}

fn train_steps(sets: &[TrainingSet], steps: usize) -> Vec<Network> {
    let threads = tch::get_num_threads();
    tch::set_num_threads(1);
    let waiting: Mutex<VecDeque<(usize, Fit)>> = Mutex::new(sets.iter().map(Fit::new).enumerate().collect());
    let trained = Mutex::new(Vec::new());
    let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some((place, mut fit)) = take() {
                    fit.steps(TURN.min(steps - fit.done));
                    if fit.done < steps {
                        waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back((place, fit));
                    } else {
                        trained.lock().unwrap_or_else(PoisonError::into_inner).push((place, fit.training.network()));
                    }
                }
            });
        }
    });
    tch::set_num_threads(threads);
    let mut trained = trained.into_inner().unwrap_or_else(PoisonError::into_inner);
    trained.sort_by_key(|(place, _)| *place);
    trained.into_iter().map(|(_, network)| network).collect()
}

/// One network on its way.
struct Fit {
    rng: ChaCha8Rng,
    inputs: Tensor,
    targets: Tensor,
    training: Training,
    done: usize,
}

impl Fit {
    fn new(set: &TrainingSet) -> Fit {
        let mut rng = Purpose::LatencyNetwork.generator(&[set.seed]);
        let features = set.x.first().map_or(0, Vec::len);
        let training = Training::new(features, &mut rng);
        let flat: Vec<f32> = set.x.iter().flatten().map(|&v| v as f32).collect();
        let inputs = Tensor::from_slice(&flat).view([-1, features as i64]);
        let targets = Tensor::from_slice(&set.y.iter().map(|&v| v as f32).collect::<Vec<_>>()).view([-1, 1]);
        Fit { rng, inputs, targets, training, done: 0 }
    }

    fn steps(&mut self, count: usize) {
        let rows = self.inputs.size()[0] as usize;
        for _ in 0..count {
            let drawn = rand::seq::index::sample(&mut self.rng, rows, BATCH.min(rows));
            let drawn = Tensor::from_slice(&drawn.into_iter().map(|row| row as i64).collect::<Vec<_>>());
            self.training.step(&self.inputs.index_select(0, &drawn), &self.targets.index_select(0, &drawn));
        }
        self.done += count;
    }
}

/// The network in training. Its derivative is written out, and all parameters stand in one buffer that the optimiser passes
/// in pieces: products are most of a step then, where autograd and an optimiser of many small tensors take half of it.
struct Training {
    params: ParamStore,
    adam: Adam,
    whole: Tensor,
}

impl Training {
    /// Draws PyTorch's first weights of linear layers: weights and bias uniform within 1 / sqrt(inputs) of 0.
    fn new(features: usize, rng: &mut ChaCha8Rng) -> Training {
        let (mut specs, mut values) = (Vec::new(), Vec::new());
        let inputs = std::iter::once(features).chain(WIDTHS);
        for (i, (inputs, outputs)) in inputs.zip(WIDTHS).enumerate() {
            let bound = 1.0 / (inputs as f32).sqrt();
            let init = Init::Uniform { bound: f64::from(bound) };
            specs.push(ParamSpec::new(format!("{i}.weight"), &[inputs as i64, outputs as i64], init));
            specs.push(ParamSpec::new(format!("{i}.bias"), &[outputs as i64], init));
            let draws = inputs * outputs + outputs;
            values.extend((0..draws).map(|_| rng.random_range(-bound..bound)));
        }
        let params = ParamStore::zeros(specs, Kind::Float, Device::Cpu);
        params.flat.shallow_clone().copy_(&Tensor::from_slice(&values));
        // PyTorch's own settings, as the published script leaves them.
        let adam = Adam::new(AdamConfig { beta1: 0.9, beta2: 0.999, ..AdamConfig::default() }, &params);
        Training { params, adam, whole: Tensor::ones([], (Kind::Float, Device::Cpu)) }
    }

    fn layer(&self, i: usize) -> (&Tensor, &Tensor) {
        (self.params.value(2 * i), self.params.value(2 * i + 1))
    }

    /// Computes what enters each layer, and behind it the output.
    fn forward(&self, inputs: &Tensor) -> Vec<Tensor> {
        let mut entered = vec![inputs.shallow_clone()];
        for i in 0..WIDTHS.len() {
            let (weights, bias) = self.layer(i);
            let mut out = bias.addmm(&entered[i], weights);
            if i + 1 < WIDTHS.len() {
                let _ = out.relu_();
            }
            entered.push(out);
        }
        entered
    }

    fn step(&mut self, inputs: &Tensor, targets: &Tensor) {
        tch::no_grad(|| {
            let entered = self.forward(inputs);
            let output = &entered[WIDTHS.len()];
            // The derivative of the mean squared error.
            let mut grad = (output - targets) * (2.0 / inputs.size()[0] as f64);
            for i in (0..WIDTHS.len()).rev() {
                let (to_weights, to_bias) = (self.params.grad(2 * i), self.params.grad(2 * i + 1));
                let _ = entered[i].tr().mm_out(to_weights, &grad);
                let _ = grad.sum_intlist_out(to_bias, 0, false, None::<Kind>);
                if i > 0 {
                    let through = grad.mm(&self.layer(i).0.tr());
                    grad = entered[i].threshold_backward(&through, 0);
                }
            }
        });
        self.adam.step(LEARNING_RATE, &self.whole);
    }

    fn network(&self) -> Network {
        let numbers = |tensor: &Tensor| Vec::<f32>::try_from(tensor.flatten(0, -1)).expect("float32 numbers");
        let layer = |i| {
            let (weights, bias) = self.layer(i);
            Layer { weights: numbers(weights), bias: numbers(bias) }
        };
        Network { layers: (0..WIDTHS.len()).map(layer).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// Makes rows whose latency grows with two features and has a bend.
    fn rows(count: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let x: Vec<Vec<f64>> = (0..count).map(|_| (0..10).map(|_| rng.random_range(0.2..1.5)).collect()).collect();
        let y = x.iter().map(|x| 0.1 + 0.3 * x[5] + 0.1 * x[0] * x[5]).collect();
        (x, y)
    }

    fn squared_error(network: &Network, x: &[Vec<f64>], y: &[f64]) -> f64 {
        x.iter().zip(y).map(|(x, y)| (network.predict(x) - y).powi(2)).sum::<f64>() / y.len() as f64
    }

    #[test]
    fn plain_arithmetic_computes_what_libtorch_computes() {
        let training = Training::new(10, &mut ChaCha8Rng::seed_from_u64(1));
        let network = training.network();
        let (x, _) = rows(20);
        for x in x {
            let input = Tensor::from_slice(&x.iter().map(|&v| v as f32).collect::<Vec<_>>()).view([1, -1]);
            let expected = training.forward(&input)[WIDTHS.len()].double_value(&[0, 0]);
            assert!((network.predict(&x) - expected).abs() < 1e-6, "{expected}");
        }
    }

    #[test]
    fn the_derivative_is_autograds() {
        let mut training = Training::new(10, &mut ChaCha8Rng::seed_from_u64(2));
        let (x, y) = rows(20);
        let flat: Vec<f32> = x.iter().flatten().map(|&v| v as f32).collect();
        let inputs = Tensor::from_slice(&flat).view([-1, 10]);
        let targets = Tensor::from_slice(&y.iter().map(|&v| v as f32).collect::<Vec<_>>()).view([-1, 1]);
        let leaves: Vec<Tensor> =
            (0..2 * WIDTHS.len()).map(|i| training.params.value(i).copy().set_requires_grad(true)).collect();
        let mut out = inputs.shallow_clone();
        for (i, layer) in leaves.chunks(2).enumerate() {
            let entered = if i > 0 { out.relu() } else { out };
            out = layer[1].addmm(&entered, &layer[0]);
        }
        let loss = out.mse_loss(&targets, tch::Reduction::Mean);
        let expected = Tensor::run_backward(&[loss], &leaves, false, false);
        training.step(&inputs, &targets);
        for (i, expected) in expected.iter().enumerate() {
            let difference = (training.params.grad(i) - expected).abs().max().double_value(&[]);
            assert!(difference < 1e-6, "{i}: {difference}");
        }
    }

    fn trained(x: &[Vec<f64>], y: &[f64], seed: u64, steps: usize) -> Network {
        let set = TrainingSet { x: x.to_vec(), y: y.to_vec(), seed };
        train_steps(&[set], steps).remove(0)
    }

    #[test]
    fn training_lowers_the_error_and_depends_on_the_seed_alone() {
        let (x, y) = rows(150);
        let before = squared_error(&trained(&x, &y, 1, 0), &x, &y);
        let network = trained(&x, &y, 1, 150);
        let after = squared_error(&network, &x, &y);
        assert!(after < 0.2 * before, "{before} -> {after}");
        assert_ne!(network, trained(&x, &y, 2, 150));
        // Networks that take turns are those that are trained alone.
        let set = |seed| TrainingSet { x: x.clone(), y: y.clone(), seed };
        let together = train_steps(&[set(2), set(1), set(3)], 150);
        assert_eq!(together[1], network);
    }

    #[test]
    fn fewer_rows_than_a_batch_are_all_used() {
        let (x, y) = rows(11);
        assert!(squared_error(&trained(&x, &y, 1, 3), &x, &y).is_finite());
    }
}
