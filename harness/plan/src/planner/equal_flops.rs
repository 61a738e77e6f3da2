//! Plans the training from scratch that costs as much as all that stands behind a guest's net.

use super::guest_nets::{EQUAL_FLOPS, GuestNet, GuestSearch};
use super::planner::Planner;
use crate::estimate::estimator::Estimator;
use crate::spec::training::{Optimisation, TrainSpec};
use crate::spec::work::Work;
use crate::subject::{NamedArch, SubnetId};

/// A training passes over its examples forward and backward, and a backward pass costs two forward ones.
const PASSES_OF_TRAINING: f64 = 3.0;

impl Planner<'_> {
    /// Plans to train a guest's net from scratch with the FLOPs of the guest's teacher, supernet, search and own training;
    /// returns the net under its further name, and the position of the training.
    /// `trained` is its training with the updates of all others, `own` what the guest itself trains on what it found.
    pub(super) fn equal_flops(
        &mut self,
        net: &GuestNet,
        teacher: usize,
        trained: usize,
        own: Option<usize>,
    ) -> (NamedArch, usize) {
        let train = self.train_of(trained).clone();
        let times = self.flops_behind(net, teacher, own) / self.flops_of(trained);
        let id = SubnetId { name: format!("{}{EQUAL_FLOPS}", net.subnet.name()), ..net.subnet.id.clone() };
        let subnet = NamedArch { id, arch: net.subnet.arch.clone() };
        let longer = |updates: u64| (updates as f64 * times).round() as u64;
        let optimisation = Optimisation {
            updates: longer(train.optimisation.updates).max(1),
            warmup: longer(train.optimisation.warmup),
            ..train.optimisation.clone()
        };
        let trained = self.scored_training(TrainSpec { subnet: Some(subnet.clone()), optimisation, ..train }, &[]);
        (subnet, trained)
    }

    /// Adds up what a guest's net took: what was counted where its jobs have ended, else by formula.
    fn flops_behind(&self, net: &GuestNet, teacher: usize, own: Option<usize>) -> f64 {
        let by_formula = || {
            let is_its = |search: &&GuestSearch| search.supernet == net.supernet;
            let searches = self.guest_searches.iter().filter(is_its).map(|search| self.flops_of(search.job));
            self.flops_of(teacher) + self.flops_of_taught(net.supernet, teacher) + searches.sum::<f64>()
        };
        let own = own.map_or(0.0, |own| self.flops_of_taught(own, teacher));
        net.flops.unwrap_or_else(by_formula) + own
    }

    /// Estimates a training and its teacher's passes over the same tokens.
    fn flops_of_taught(&self, job: usize, teacher: usize) -> f64 {
        let (train, taught_by) = (self.train_of(job), self.train_of(teacher));
        let tokens = |train: &TrainSpec| (train.batch_tokens * train.micro_batches) as f64;
        let pass = self.flops_of_an_update(teacher) / PASSES_OF_TRAINING * tokens(train) / tokens(taught_by);
        self.flops_of(job) + train.optimisation.updates as f64 * pass
    }

    fn flops_of(&self, job: usize) -> f64 {
        Estimator::new(self.experiment, 1.0).job(&self.graph.jobs[job].spec).flops
    }

    /// Estimates one update of a training, which may be one that makes none.
    fn flops_of_an_update(&self, job: usize) -> f64 {
        let mut spec = self.graph.jobs[job].spec.clone();
        if let Work::Train(train) = &mut spec.work {
            train.optimisation.updates = 1;
        }
        Estimator::new(self.experiment, 1.0).job(&spec).flops
    }

    fn train_of(&self, job: usize) -> &TrainSpec {
        match &self.graph.jobs[job].spec.work {
            Work::Train(train) => train,
            other => unreachable!("a training was planned there, not {other:?}"),
        }
    }
}
