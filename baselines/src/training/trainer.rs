//! Runs one training loop for every method and task: sampled subnets, gradient accumulation, clipping, Adam.

use mos_base::seed::Purpose;
use mos_spaces::sampler::{SubnetLosses, SubnetSampler};
use mos_spaces::schedule::Schedule;
use tch::{Device, Kind, Tensor};

use super::adam::{Adam, AdamConfig};
use super::task::{Batch, Task};
use crate::supernet::pass::SubnetPass;
use crate::supernet::weights::WeightSource;
use crate::{Error, Result};

/// Settings of a training that belong neither to the method nor to the task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainerConfig {
    /// Learning rate by update.
    pub schedule: Schedule,
    /// Clip the norm of the normalised gradient at this; 0 turns it off.
    pub clip_norm: f64,
    /// How losses of subnets are taken together.
    pub subnet_losses: SubnetLosses,
    /// Adam's settings.
    pub adam: AdamConfig,
    /// Seed of everything drawn while training.
    pub seed: u64,
}

/// What one update did, summed over its subnets and micro-batches.
#[derive(Debug)]
pub struct UpdateStats {
    /// The training loss, summed over the batches' weight and subnets (0-dim, on the device).
    pub loss: Tensor,
    /// Weight in that sum: predicted tokens, or examples.
    pub weight: i64,
    /// Norm of the gradient per unit of weight before clipping (0-dim, on the device), where clipping asked for it.
    pub grad_norm: Option<Tensor>,
    /// Model FLOPs: 3 x forward, at lengths without padding.
    pub flops: f64,
}

/// A network in training.
#[derive(Debug)]
pub struct Trainer<T: Task> {
    /// What it is trained to do.
    pub task: T,
    /// Master weights.
    pub weights: WeightSource,
    /// The optimiser with its moments.
    pub adam: Adam,
    /// Number of updates done.
    pub update: u64,
    config: TrainerConfig,
    sampler: SubnetSampler,
}

impl<T: Task> Trainer<T> {
    /// Makes a fresh training of `weights` with the subnets of `sampler`.
    pub fn new(task: T, weights: WeightSource, sampler: SubnetSampler, config: TrainerConfig) -> Self {
        let adam = Adam::new(config.adam, &weights.params);
        Trainer { task, weights, adam, update: 0, config, sampler }
    }

    /// Returns the device of the weights.
    pub fn device(&self) -> Device {
        self.weights.params.device()
    }

    /// Takes the subnets of the following updates from another sampler.
    pub fn sample_from(&mut self, sampler: SubnetSampler) {
        self.sampler = sampler;
    }

    /// Makes one optimiser update on the given micro-batches: every sampled subnet runs all of them, gradients are
    /// summed and divided by the weight of all passes, or of one subnet's where their losses are summed.
    pub fn update(&mut self, batches: &[T::Batch]) -> UpdateStats {
        self.weights.params.zero_grad();
        let subnets = self.sampler.subnets(self.weights.space(), self.update);
        let mut stats = UpdateStats {
            loss: Tensor::zeros([], (Kind::Float, self.device())),
            weight: 0,
            grad_norm: None,
            flops: 0.0,
        };
        for (s, arch) in subnets.iter().enumerate() {
            let mut pass = SubnetPass::new(&self.weights, arch);
            for (b, batch) in batches.iter().enumerate() {
                let loss = self.accumulate(&mut pass, batch, b as u64, s as u64);
                let _ = stats.loss.g_add_(&loss);
                stats.weight += batch.weight();
                stats.flops += 3.0 * self.task.flops(arch, batch);
            }
            pass.finish();
        }
        stats.flops += batches.iter().map(|batch| self.task.teacher_flops(batch)).sum::<f64>();
        let scale = self.grad_scale(&mut stats, subnets.len());
        self.adam.step(self.config.schedule.rate(self.update), &scale);
        self.update += 1;
        stats
    }

    /// Runs forward and backward of one subnet on one micro-batch. The weights are mixed first and the generator is
    /// seeded again before the forward pass, so that a router's dropout does not shift the model's own.
    fn accumulate(&self, pass: &mut SubnetPass, batch: &T::Batch, micro_batch: u64, subnet: u64) -> Tensor {
        let stream = |purpose: Purpose| {
            tch::manual_seed(purpose.seed(&[self.config.seed, self.update, micro_batch, subnet]));
        };
        stream(Purpose::RouterDropout);
        let weights = pass.mix();
        stream(Purpose::ModelDropout);
        let (loss, grads) = self.task.gradients(weights, batch);
        pass.add(grads);
        loss
    }

    /// Returns what each gradient is multiplied by: 1 / weight, of all passes or of one subnet's, and less where the norm is
    /// clipped.
    fn grad_scale(&self, stats: &mut UpdateStats, subnets: usize) -> Tensor {
        let per_unit = match self.config.subnet_losses {
            SubnetLosses::Mean => 1.0 / stats.weight as f64,
            SubnetLosses::Sum => subnets as f64 / stats.weight as f64,
        };
        let flat = &self.weights.params.grad;
        let options = (flat.kind(), flat.device());
        if self.config.clip_norm <= 0.0 {
            return Tensor::full([], per_unit, options);
        }
        let norm = flat.norm() * per_unit;
        let scale = (self.config.clip_norm / (&norm + 1e-6)).clamp_max(1.0) * per_unit;
        stats.grad_norm = Some(norm);
        scale
    }

    /// Returns the loss per unit of weight of an update; fails where it is not a finite number. It synchronises with
    /// the device, so call it at log points.
    ///
    /// # Errors
    /// Fails if the training diverged.
    pub fn check_loss(&self, stats: &UpdateStats) -> Result<f64> {
        self.finite("the loss", stats.loss.double_value(&[]) / stats.weight as f64)
    }

    /// Checks that every weight is a finite number. Call it before a checkpoint is written.
    ///
    /// # Errors
    /// Fails if the training diverged.
    pub fn check_weights(&self) -> Result<()> {
        self.finite("the sum of the weights", self.weights.params.flat.sum(Kind::Float).double_value(&[])).map(|_| ())
    }

    fn finite(&self, what: &'static str, value: f64) -> Result<f64> {
        if value.is_finite() { Ok(value) } else { Err(Error::Diverged { update: self.update, what, value }) }
    }
}
