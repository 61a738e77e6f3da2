//! Makes translation a task of the trainer.

use std::sync::Arc;

use mos_spaces::layout::Layout;
use mos_spaces::{Arch, SearchSpace};
use tch::{Device, Kind, Tensor};

use super::batch::DeviceBatch;
use super::flops::PassCost;
use super::model::Subnet;
use super::positions::Positions;
use super::rates::{Dropout, Rates};
use crate::layers::head::{Head, head};
use crate::supernet::weights::SubnetWeights;
use crate::training::task::{Batch, Losses, Task};

/// The task: label-smoothed cross-entropy of target sentences.
#[derive(Debug)]
pub struct Translation {
    layout: Arc<dyn Layout>,
    /// Positions of the widest subnet.
    pub positions: Positions,
    /// Dropout while training; none turns it off.
    pub dropout: Option<Dropout>,
    /// Label smoothing.
    pub label_smoothing: f64,
}

impl Translation {
    /// Makes the task on networks of this layout, computed in `kind` on `device`.
    pub fn new(
        layout: Arc<dyn Layout>,
        dropout: Option<Dropout>,
        label_smoothing: f64,
        kind: Kind,
        device: Device,
    ) -> Translation {
        let positions = Positions::new(layout.space(), kind, device);
        Translation { layout, positions, dropout, label_smoothing }
    }

    fn space(&self) -> &SearchSpace {
        self.layout.space()
    }

    fn head<'a>(&self, subnet: &'a Subnet) -> Head<'a> {
        Head { output: &subnet.output, bias: None, smoothing: self.label_smoothing, soft: None }
    }

    /// Returns the longest sequence that has positions.
    pub fn max_positions(&self) -> i64 {
        self.space().max_positions
    }
}

impl Task for Translation {
    type Batch = DeviceBatch;

    fn layout(&self) -> &Arc<dyn Layout> {
        &self.layout
    }

    fn gradients(&self, weights: &SubnetWeights, batch: &DeviceBatch) -> (Tensor, Vec<Tensor>) {
        let subnet = Subnet::new(weights);
        let states = subnet.states(&self.positions, batch, Rates::new(self.space(), &weights.arch, self.dropout));
        let result = head(&states, self.head(&subnet), &batch.target, true);
        let head_grads = result.grads.expect("asked for");
        let scalar = (&states * head_grads.states).sum(None::<Kind>);
        let mut grads = Tensor::run_backward(&[scalar], &weights.leaves, false, false);
        // The head's derivative is written out, so autograd has not seen the projection's part of it.
        let projection = &mut grads[subnet.output_leaf];
        tch::no_grad(|| {
            if projection.defined() {
                let width = head_grads.output.size()[1];
                let _ = projection.narrow(1, 0, width).g_add_(&head_grads.output);
            } else {
                *projection = head_grads.output;
            }
        });
        (result.loss, grads)
    }

    fn losses(&self, weights: &SubnetWeights, batches: &[DeviceBatch]) -> Losses {
        tch::no_grad(|| {
            let subnet = Subnet::new(weights);
            let zero = || Tensor::zeros([], (Kind::Double, self.positions.device()));
            let (mut nll, mut smoothed, mut tokens) = (zero(), zero(), 0);
            for batch in batches {
                let states = subnet.states(&self.positions, batch, Rates::default());
                let result = head(&states, self.head(&subnet), &batch.target, false);
                let _ = nll.g_add_(&result.nll);
                let _ = smoothed.g_add_(&result.loss);
                tokens += batch.weight();
            }
            let mean = |sum: Tensor| sum.double_value(&[]) / tokens as f64;
            Losses { nll: mean(nll), objective: mean(smoothed) }
        })
    }

    fn flops(&self, arch: &Arch, batch: &DeviceBatch) -> f64 {
        PassCost::new(self.space(), arch, self.layout.vocab()).forward(&batch.lengths)
    }
}
