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
    /// Plans to train a guest's net from scratch with the FLOPs of the guest's teacher, supernet, search and own training,
    /// counted by the formulas of the plan; returns the net under its further name, and the position of the training.
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

    /// Adds up what a guest's net took.
    fn flops_behind(&self, net: &GuestNet, teacher: usize, own: Option<usize>) -> f64 {
        let is_its = |search: &&GuestSearch| search.supernet == net.supernet;
        let searches = self.guest_searches.iter().filter(is_its).map(|search| search.job);
        let taught: Vec<usize> = std::iter::once(net.supernet).chain(own).collect();
        let jobs = std::iter::once(teacher).chain(taught.iter().copied()).chain(searches);
        let trained: f64 = jobs.map(|job| self.flops_of(job)).sum();
        let updates: u64 = taught.iter().map(|&job| self.train_of(job).optimisation.updates).sum();
        trained + updates as f64 * self.flops_of_an_update(teacher) / PASSES_OF_TRAINING
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
