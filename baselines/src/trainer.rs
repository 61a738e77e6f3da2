//! One training loop for every method: sampled subnets, gradient accumulation, clipping, Adam.

use tch::{Device, Kind, Tensor};

use crate::adam::{Adam, AdamConfig};
use crate::loss::head;
use crate::method::Method;
use crate::model::{DeviceBatch, Dropout, LengthSums, Positions, Subnet};
use crate::sampler::SubnetSampler;
use crate::schedule::Schedule;
use crate::seed;
use crate::space::{Arch, SearchSpace, count};
use crate::weights::{SubnetWeights, WeightSource};
use crate::{Error, Result};

/// Settings of a training that do not belong to the method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainerConfig {
    /// Learning rate by update.
    pub schedule: Schedule,
    /// Dropout at the widest subnet.
    pub dropout: Dropout,
    /// Label smoothing.
    pub label_smoothing: f64,
    /// Clip the norm of the normalised gradient at this; 0 turns it off.
    pub clip_norm: f64,
    /// Adam's settings.
    pub adam: AdamConfig,
    /// Seed of everything drawn while training.
    pub seed: u64,
}

/// What one update did, summed over its subnets and micro-batches.
#[derive(Debug)]
pub struct UpdateStats {
    /// Label-smoothed loss, summed over tokens and subnets (0-dim, on the device).
    pub loss: Tensor,
    /// Tokens in that sum.
    pub tokens: i64,
    /// Norm of the gradient per token before clipping (0-dim, on the device), where clipping asked for it.
    pub grad_norm: Option<Tensor>,
    /// Model FLOPs: 3 x forward with the output projection, at lengths without padding.
    pub flops: f64,
}

/// A network in training.
#[derive(Debug)]
pub struct Trainer {
    /// Master weights.
    pub weights: WeightSource,
    /// Optimiser.
    pub adam: Adam,
    /// Updates done.
    pub update: u64,
    config: TrainerConfig,
    sampler: SubnetSampler,
    positions: Positions,
}

/// Words that keep the generators of one (update, micro-batch, subnet) apart.
const ROUTER_STREAM: u64 = 1;
const MODEL_STREAM: u64 = 2;

impl Trainer {
    /// A fresh training of `weights` with the subnets of `sampler`.
    pub fn new(weights: WeightSource, sampler: SubnetSampler, config: TrainerConfig) -> Self {
        let adam = Adam::new(config.adam, &weights.params);
        let positions = Positions::new(&weights.space, weights.compute_kind(), weights.params.device());
        Trainer { weights, adam, update: 0, config, sampler, positions }
    }

    /// The sampler of `method` for a supernet.
    pub fn sampler_of(method: &Method, seed: u64) -> SubnetSampler {
        SubnetSampler::over_space(method.sampler, seed)
    }

    /// Device of the weights.
    pub fn device(&self) -> Device {
        self.weights.params.device()
    }

    /// One optimiser update on the given micro-batches: every sampled subnet runs all of them, gradients are summed and
    /// divided by the number of target tokens of all passes.
    pub fn update(&mut self, batches: &[DeviceBatch]) -> UpdateStats {
        self.weights.params.zero_grad();
        let subnets = self.sampler.subnets(&self.weights.space, self.update);
        let mut stats = UpdateStats {
            loss: Tensor::zeros([], (Kind::Float, self.device())),
            tokens: 0,
            grad_norm: None,
            flops: 0.0,
        };
        for (s, arch) in subnets.iter().enumerate() {
            let cost = PassCost::new(&self.weights.space, arch, self.weights.vocab());
            for (b, batch) in batches.iter().enumerate() {
                let loss = self.accumulate(arch, batch, b as u64, s as u64);
                let _ = stats.loss.g_add_(&loss);
                stats.tokens += batch.target_tokens();
                stats.flops += 3.0 * cost.forward(&batch.lengths);
            }
        }
        let scale = self.grad_scale(&mut stats);
        self.adam.step(self.config.schedule.rate(self.update), &scale);
        self.update += 1;
        stats
    }

    /// Forward and backward of one subnet on one micro-batch. The weights are merged first and the generator is seeded
    /// again before the forward pass, so that a router's dropout does not shift the model's own.
    fn accumulate(&self, arch: &Arch, batch: &DeviceBatch, micro_batch: u64, subnet: u64) -> Tensor {
        let stream =
            |stream| tch::manual_seed(seed::derive(&[self.config.seed, self.update, micro_batch, subnet, stream]));
        stream(ROUTER_STREAM);
        let weights = self.weights.materialise(arch, true);
        stream(MODEL_STREAM);
        let (loss, grads) = subnet_gradients(
            &self.weights.space,
            &weights,
            &self.positions,
            batch,
            Some(self.config.dropout),
            self.config.label_smoothing,
        );
        self.weights.pull_back(&weights, &grads);
        loss
    }

    /// What each gradient is multiplied by: 1 / tokens, and less where the norm is clipped.
    fn grad_scale(&self, stats: &mut UpdateStats) -> Tensor {
        let per_token = 1.0 / stats.tokens as f64;
        let flat = &self.weights.params.grad;
        let options = (flat.kind(), flat.device());
        if self.config.clip_norm <= 0.0 {
            return Tensor::full([], per_token, options);
        }
        let norm = flat.norm() * per_token;
        let scale = (self.config.clip_norm / (&norm + 1e-6)).clamp_max(1.0) * per_token;
        stats.grad_norm = Some(norm);
        scale
    }

    /// Loss per token of an update; fails where it is not a finite number. Synchronises with the device: call it at log
    /// points.
    pub fn check_loss(&self, stats: &UpdateStats) -> Result<f64> {
        self.finite("the loss", stats.loss.double_value(&[]) / stats.tokens as f64)
    }

    /// Fails where a weight is not a finite number. Call it before a checkpoint is written.
    pub fn check_weights(&self) -> Result<()> {
        self.finite("the sum of the weights", self.weights.params.flat.sum(Kind::Float).double_value(&[])).map(|_| ())
    }

    fn finite(&self, what: &'static str, value: f64) -> Result<f64> {
        if value.is_finite() { Ok(value) } else { Err(Error::Diverged { update: self.update, what, value }) }
    }
}

/// Loss (label-smoothed, summed over tokens) of one subnet on one batch, and the gradients of its leaves.
pub fn subnet_gradients(
    space: &SearchSpace,
    weights: &SubnetWeights,
    positions: &Positions,
    batch: &DeviceBatch,
    dropout: Option<Dropout>,
    label_smoothing: f64,
) -> (Tensor, Vec<Tensor>) {
    let subnet = Subnet::new(space, weights);
    let states = subnet.states(space, &weights.arch, positions, batch, dropout);
    let result = head(&states, &subnet.output, &batch.target, label_smoothing, true);
    let (grad_states, grad_output) = result.grads.expect("asked for");
    let scalar = (&states * grad_states).sum(None::<Kind>);
    let mut grads = Tensor::run_backward(&[scalar], &weights.leaves, false, false);
    // The projection is the first leaf (tied: the embedding table) or the third.
    let projection = if space.tied_embeddings { 0 } else { 2 };
    tch::no_grad(|| {
        if grads[projection].defined() {
            let width = grad_output.size()[1];
            let _ = grads[projection].narrow(1, 0, width).g_add_(&grad_output);
        } else {
            grads[projection] = grad_output;
        }
    });
    (result.loss, grads)
}

/// Forward FLOPs of one subnet as a quadratic in the lengths, so that a batch costs a few products and no loop.
#[derive(Clone, Copy, Debug)]
pub struct PassCost {
    constant: f64,
    source: f64,
    target: f64,
    source_squared: f64,
    target_squared: f64,
    product: f64,
}

impl PassCost {
    /// Reads the coefficients off [`count::forward_flops`] at six pairs of lengths.
    pub fn new(space: &SearchSpace, arch: &Arch, vocab: i64) -> Self {
        let at = |s, t| count::forward_flops(space, arch, s, t, vocab) as f64;
        let constant = at(0, 0);
        let curve = |one: f64, two: f64| {
            let squared = (two - 2.0 * one + constant) / 2.0;
            (one - constant - squared, squared)
        };
        let (source, source_squared) = curve(at(1, 0), at(2, 0));
        let (target, target_squared) = curve(at(0, 1), at(0, 2));
        let product = at(1, 1) - constant - source - source_squared - target - target_squared;
        PassCost { constant, source, target, source_squared, target_squared, product }
    }

    /// Forward FLOPs of a batch.
    pub fn forward(&self, sums: &LengthSums) -> f64 {
        self.constant * sums.pairs
            + self.source * sums.source
            + self.target * sums.target
            + self.source_squared * sums.source_squared
            + self.target_squared * sums.target_squared
            + self.product * sums.product
    }
}
