//! Trains HAT's network: four hidden layers of 400 units (10-400-400-400-400-1 for its ten features) with ReLU, mean
//! squared error, Adam at 1e-5, 5,000 batches of 128 rows drawn without replacement, no choice of a best step
//! (`latency_predictor.py` of HAT and of Mixture-of-Supernets).

use mos_base::seed::Purpose;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use tch::nn::{self, OptimizerConfig};
use tch::{Device, Tensor};

use crate::Result;

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

/// Trains the network. All draws come from `seed`, none from libtorch's global generator, so that jobs that train
/// beside it keep theirs.
///
/// # Errors
/// Fails if libtorch fails.
pub fn train(x: &[Vec<f64>], y: &[f64], seed: u64) -> Result<Network> {
    train_steps(x, y, seed, STEPS)
}

fn train_steps(x: &[Vec<f64>], y: &[f64], seed: u64, steps: usize) -> Result<Network> {
    let mut rng = Purpose::LatencyNetwork.generator(&[seed]);
    let store = nn::VarStore::new(Device::Cpu);
    let features = x.first().map_or(0, Vec::len);
    let layers = first_weights(&store, features, &mut rng);
    let flat: Vec<f32> = x.iter().flatten().map(|&v| v as f32).collect();
    let inputs = Tensor::from_slice(&flat).view([-1, features as i64]);
    let targets = Tensor::from_slice(&y.iter().map(|&v| v as f32).collect::<Vec<_>>()).view([-1, 1]);
    let mut adam = nn::Adam::default().build(&store, LEARNING_RATE)?;
    for _ in 0..steps {
        let drawn = rand::seq::index::sample(&mut rng, x.len(), BATCH.min(x.len()));
        let rows = Tensor::from_slice(&drawn.into_iter().map(|row| row as i64).collect::<Vec<_>>());
        let predicted = forward(&layers, &inputs.index_select(0, &rows));
        let loss = predicted.f_mse_loss(&targets.index_select(0, &rows), tch::Reduction::Mean)?;
        adam.backward_step(&loss);
    }
    let numbers = |tensor: &Tensor| Vec::<f32>::try_from(tensor.detach().flatten(0, -1));
    let layers = layers.iter().map(|(w, b)| Ok(Layer { weights: numbers(w)?, bias: numbers(b)? }));
    Ok(Network { layers: layers.collect::<Result<_>>()? })
}

/// Draws PyTorch's first weights of a linear layer: weights and bias uniform within 1 / sqrt(inputs) of 0.
fn first_weights(store: &nn::VarStore, features: usize, rng: &mut ChaCha8Rng) -> Vec<(Tensor, Tensor)> {
    let mut layers = Vec::new();
    let inputs = std::iter::once(features).chain(WIDTHS);
    for (i, (inputs, outputs)) in inputs.zip(WIDTHS).enumerate() {
        let bound = 1.0 / (inputs as f32).sqrt();
        let mut draw = |count: usize| (0..count).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
        let weights = Tensor::from_slice(&draw(inputs * outputs)).view([inputs as i64, outputs as i64]);
        let bias = Tensor::from_slice(&draw(outputs));
        let path = store.root() / i;
        layers.push((path.var_copy("weight", &weights), path.var_copy("bias", &bias)));
    }
    layers
}

fn forward(layers: &[(Tensor, Tensor)], inputs: &Tensor) -> Tensor {
    let mut values = inputs.shallow_clone();
    for (i, (weights, bias)) in layers.iter().enumerate() {
        if i > 0 {
            values = values.relu();
        }
        values = bias.addmm(&values, weights);
    }
    values
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
        let store = nn::VarStore::new(Device::Cpu);
        let tensors = first_weights(&store, 10, &mut ChaCha8Rng::seed_from_u64(1));
        let numbers = |tensor: &Tensor| Vec::<f32>::try_from(tensor.detach().flatten(0, -1)).unwrap();
        let layers = tensors.iter().map(|(w, b)| Layer { weights: numbers(w), bias: numbers(b) }).collect();
        let network = Network { layers };
        let (x, _) = rows(20);
        for x in x {
            let input = Tensor::from_slice(&x.iter().map(|&v| v as f32).collect::<Vec<_>>()).view([1, -1]);
            let expected = forward(&tensors, &input).double_value(&[0, 0]);
            assert!((network.predict(&x) - expected).abs() < 1e-6, "{expected}");
        }
    }

    #[test]
    fn training_lowers_the_error_and_depends_on_the_seed_alone() {
        let (x, y) = rows(150);
        let before = squared_error(&train_steps(&x, &y, 1, 0).unwrap(), &x, &y);
        let trained = train_steps(&x, &y, 1, 150).unwrap();
        let after = squared_error(&trained, &x, &y);
        assert!(after < 0.2 * before, "{before} -> {after}");
        assert_eq!(trained, train_steps(&x, &y, 1, 150).unwrap());
        assert_ne!(trained, train_steps(&x, &y, 2, 150).unwrap());
    }

    #[test]
    fn fewer_rows_than_a_batch_are_all_used() {
        let (x, y) = rows(11);
        assert!(squared_error(&train_steps(&x, &y, 1, 3).unwrap(), &x, &y).is_finite());
    }
}
