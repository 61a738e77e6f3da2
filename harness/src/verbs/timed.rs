//! Makes trainings whose updates are timed.

use std::sync::Arc;

use anyhow::Result;
use mos_baselines::supernet::weights::{ScratchInit, WeightSource};
use mos_baselines::training::adam::AdamConfig;
use mos_baselines::training::trainer::{Trainer, TrainerConfig};
use mos_plan::profile::profile::Profile;
use mos_spaces::catalog::layout_of;
use mos_spaces::layout::Layout;
use mos_spaces::method::SamplerKind;
use mos_spaces::sampler::SubnetSampler;
use mos_spaces::schedule::{Decay, Schedule};
use mos_spaces::{Method, SearchSpace};
use tch::Device;

use crate::worker::timed_task::TimedTask;
use crate::worker::weights::product_kind;

/// Makes a training of a method's supernet at the profile's size and precision; from scratch that of the largest subnet.
///
/// # Errors
/// Fails if the method or the space is unknown.
pub fn trainer<T: TimedTask>(profile: &Profile, method: &str, device: Device) -> Result<Trainer<T>> {
    let method = Method::find(method)?;
    let layout: Arc<dyn Layout> =
        layout_of(&SearchSpace::find(&profile.space)?, profile.task.vocab_size() as i64).into();
    let (weights, sampler) = if method.sampler == SamplerKind::Fixed {
        let largest = layout.space().largest();
        let weights = WeightSource::dense(layout, &largest, ScratchInit::SupernetSlice, 1, device);
        (weights, SubnetSampler::fixed(largest))
    } else {
        let weights = WeightSource::supernet(layout, method.weights, &profile.experts, 1, device);
        (weights, SubnetSampler::over_space(method.sampler, 1))
    };
    let weights = weights.computing_in(product_kind(profile.training.precision));
    let training = &profile.training;
    let config = TrainerConfig {
        schedule: Schedule { decay: Decay::Cosine, peak: 1e-3, warmup: 100, updates: 1000 },
        clip_norm: training.clip_norm,
        subnet_losses: training.subnet_losses,
        adam: AdamConfig::default(),
        seed: 1,
    };
    Ok(Trainer::new(T::timed(profile, &weights, true), weights, sampler, config))
}
