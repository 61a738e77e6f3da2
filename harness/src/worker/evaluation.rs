//! Evaluates subnets over a split, in smaller batches where a GPU's memory is short.

use anyhow::Result;
use mos_baselines::supernet::weights::SubnetWeights;
use mos_baselines::training::task::{Losses, Task};
use mos_spaces::Arch;

use super::splitting::Splitter;
use super::task_data::{BatchOf, TaskData};

/// Parts beyond which evaluation batches are not cut.
const MOST_PARTS: usize = 64;

/// The batches of a split, each example once.
pub struct EvaluationSet<'a, T: TaskData> {
    /// Makes them, cut into a number of parts.
    make: Box<dyn Fn(usize) -> Vec<BatchOf<T>> + 'a>,
    made: Option<(usize, Vec<BatchOf<T>>)>,
    splitter: Splitter,
}

impl<'a, T: TaskData> EvaluationSet<'a, T> {
    /// Makes a set of what `make` makes when it is first evaluated.
    pub fn new(make: impl Fn(usize) -> Vec<BatchOf<T>> + 'a) -> Self {
        EvaluationSet { make: Box::new(make), made: None, splitter: Splitter::resume(1) }
    }

    /// Counts the model FLOPs of evaluating these subnets; a teacher passes over each batch once for all of them.
    pub fn flops<'b>(&mut self, task: &T::Task, archs: impl Iterator<Item = &'b Arch>) -> f64 {
        if self.made.is_none() {
            self.made = Some((1, (self.make)(1)));
        }
        let batches = || self.made.iter().flat_map(|(_, batches)| batches);
        let taught: f64 = batches().map(|batch| task.teacher_flops(batch)).sum();
        taught + archs.map(|arch| batches().map(|batch| task.flops(arch, batch)).sum::<f64>()).sum::<f64>()
    }

    /// Computes the losses of a subnet.
    ///
    /// # Errors
    /// Fails if a GPU's memory does not hold the smallest batches.
    pub fn losses(&mut self, task: &T::Task, weights: &SubnetWeights) -> Result<Losses> {
        self.pass(|batches| task.losses(weights, batches))
    }

    /// Makes something of the batches.
    ///
    /// # Errors
    /// Fails if a GPU's memory does not hold the smallest batches.
    pub fn pass<R>(&mut self, work: impl Fn(&[BatchOf<T>]) -> R) -> Result<R> {
        let EvaluationSet { make, made, splitter } = self;
        splitter.retry(MOST_PARTS, |parts| {
            if made.as_ref().is_none_or(|(for_parts, _)| *for_parts != parts) {
                // The old ones go first, since memory may be short of both.
                *made = None;
                *made = Some((parts, make(parts)));
            }
            let (_, batches) = made.as_ref().expect("made just now");
            work(batches)
        })
    }
}
