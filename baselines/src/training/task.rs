//! Defines [`Task`]: all that the trainer knows of what it trains.

use std::sync::Arc;

use mos_spaces::Arch;
use mos_spaces::layout::Layout;
use tch::Tensor;

use crate::supernet::weights::SubnetWeights;

/// A batch on the device.
pub trait Batch {
    /// Returns what the gradient of its summed loss is divided by: predicted tokens, or examples.
    fn weight(&self) -> i64;
}

/// Losses per unit of weight over some batches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Losses {
    /// The loss by which subnets are compared, in nats.
    pub nll: f64,
    /// The loss that training minimises.
    pub objective: f64,
}

/// What networks are trained to do: batches, losses and gradients, evaluation, FLOPs and the layout come from here.
pub trait Task {
    /// What a subnet is run on.
    type Batch: Batch;

    /// Returns the layout, which gives the parameters of every subnet.
    fn layout(&self) -> &Arc<dyn Layout>;

    /// Computes the loss of a subnet in training (0-dim, on the device, summed over the batch's weight), and the
    /// gradients of its leaves in their order. What is drawn comes from libtorch's generator, which the caller has
    /// seeded.
    fn gradients(&self, weights: &SubnetWeights, batch: &Self::Batch) -> (Tensor, Vec<Tensor>);

    /// Computes the losses of a subnet over all batches, without dropout. It waits for the device.
    fn losses(&self, weights: &SubnetWeights, batches: &[Self::Batch]) -> Losses;

    /// Counts the model FLOPs of a forward pass of a subnet, at lengths without padding.
    fn flops(&self, arch: &Arch, batch: &Self::Batch) -> f64;

    /// Counts the FLOPs of a teacher's forward pass over a batch, which is made once an update for all subnets.
    fn teacher_flops(&self, _: &Self::Batch) -> f64 {
        0.0
    }
}
