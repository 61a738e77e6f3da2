//! Plans the NAS-BERT-style guest: the latency of its operations, the supernet of blocks, the search, and the training of what
//! is found.

use mos_spaces::bert::blocks::{Block, join};
use mos_spaces::{SearchSpace, SpaceName};

use super::guest_nets::{GuestSearch, NAS_BERT};
use super::planner::Planner;
use super::specs::base;
use crate::error::Result;
use crate::profile::guests::NasBertStudy;
use crate::profile::study::STUDY_SEED;
use crate::spec::inputs::Role;
use crate::spec::latency::{LatencySpec, LatencySubjects};
use crate::spec::search::{LookupSpec, SearchSpec, Strategy};
use crate::spec::task::{BlockSpec, TaskSpec};
use crate::spec::training::{Optimisation, TrainSpec};
use crate::spec::work::Work;
use crate::subject::{NamedArch, SubnetId, SubnetKind};

/// Lists the nets whose latencies tell those of single operations: for every width and operation, nets whose blocks have it
/// once and nets whose blocks have it in every place, in the order of widths and operations.
pub fn latency_probes(space: &SearchSpace) -> Vec<NamedArch> {
    let probe = |width: i64, code: i64, depth: usize| {
        let block = Block { width, operations: vec![code; depth] };
        let id = SubnetId { kind: SubnetKind::Guest, name: format!("width-{width}-operation-{code}-x{depth}") };
        NamedArch { id, arch: join(space, &vec![block; space.family.stacks.len()]) }
    };
    let of_width = |&width: &i64| {
        let of_code = move |&code: &i64| [1, space.deepest(0)].map(|depth| probe(width, code, depth));
        space.choices[2].iter().flat_map(of_code).collect::<Vec<_>>()
    };
    space.choices[0].iter().flat_map(of_width).collect()
}

impl Planner<'_> {
    /// Plans the supernet of blocks, and its search.
    pub(super) fn nas_bert(&mut self, study: &NasBertStudy, teacher: usize) -> Result<()> {
        let experiment = self.experiment;
        let (name, space) = (SpaceName::try_from(study.space.clone())?, SearchSpace::find(&study.space)?);
        let latency = &experiment.profile.study.latency;
        let probes = LatencySpec {
            space: name.clone(),
            subjects: LatencySubjects::Subnets(latency_probes(&space)),
            protocol: latency.protocol.clone(),
            max_spread: latency.max_spread,
        };
        let probes = self.graph.add(self.basis, Work::Latency(probes), &[]);
        self.graph.jobs[probes].label = format!("latency of operations of {}", study.space);
        let task = TaskSpec::BlockDistil(BlockSpec {
            sequence_length: experiment.profile.task.masked_lm().sequence_length,
            sample: study.search_sequences,
            pools: study.pools,
        });
        let base = base(experiment, STUDY_SEED)?;
        let optimisation = Optimisation {
            updates: study.updates,
            warmup: (study.warmup * study.updates as f64).round() as u64,
            peak_lr: study.peak_lr,
            // An operation is seldom drawn, and would decay in every update.
            weight_decay: 0.0,
            ..base.optimisation.clone()
        };
        let train = TrainSpec {
            method: NAS_BERT.to_string(),
            space: name.clone(),
            optimisation,
            task: task.clone(),
            validate_every: study.shrink_every,
            keep_best: None,
            ..base
        };
        let inputs = [(Role::Teacher, teacher), (Role::Latencies, probes)];
        let supernet = self.graph.add(self.basis, Work::Train(train), &inputs);
        self.graph.jobs[supernet].label = format!("train {NAS_BERT} on {}", study.space);
        let lookup = LookupSpec {
            top: study.top,
            sample_tokens: experiment.profile.task.masked_lm().search_tokens,
            latency_share: study.latency_share,
        };
        let search = SearchSpec {
            space: name.clone(),
            method: NAS_BERT.to_string(),
            seed: STUDY_SEED,
            limit: study.limit,
            measured: None,
            strategy: Strategy::Lookup(lookup),
            task,
        };
        let inputs = [(Role::Supernet, supernet), (Role::Teacher, teacher), (Role::Latencies, probes)];
        let job = self.graph.add(self.basis, Work::Search(search), &inputs);
        self.guest_searches.push(GuestSearch { method: NAS_BERT, job, supernet, space: name, limit: study.limit });
        Ok(())
    }

    /// Plans the training of a found net from scratch with the teacher, which is NAS-BERT's own way; returns the position of
    /// the training.
    pub(super) fn taught_from_scratch(&mut self, study: &NasBertStudy, train: TrainSpec, teacher: usize) -> usize {
        let mut task = train.task.masked_lm().clone();
        task.teacher_share = Some(study.teacher_share);
        let train = TrainSpec { method: NAS_BERT.to_string(), task: TaskSpec::MaskedLm(task), ..train };
        self.scored_training(train, &[(Role::Teacher, teacher)])
    }
}
