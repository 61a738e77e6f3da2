//! Plans methods of other papers on spaces of their own: their teacher, their supernets and searches, and, once the searches
//! have ended, what becomes of the nets that they found.

use mos_spaces::{SearchSpace, SpaceName, method};

use super::fine_tuning::Tuned;
use super::guest_nets::{AUTODISTIL, GuestNet, GuestSearch, NAS_BERT};
use super::planner::Planner;
use super::specs::{base, from_scratch_in, score_in};
use crate::error::Result;
use crate::profile::guests::{AutodistilPart, AutodistilStudy, TeacherStudy};
use crate::profile::study::STUDY_SEED;
use crate::spec::fine_tuning::FineTuneStart;
use crate::spec::inputs::Role;
use crate::spec::search::{SearchSpec, Strategy};
use crate::spec::task::{RelationSpec, TaskSpec};
use crate::spec::training::{Optimisation, TrainSpec};
use crate::spec::work::Work;
use crate::subject::{NamedArch, SubnetId, SubnetKind};

/// Adam's epsilon in relation distillation. Squared differences of probabilities have gradients of 1e-7 and less, beside which
/// masked LM's epsilon would hold every update back.
const RELATION_EPSILON: f64 = 1e-12;

/// Name of the teacher in records.
pub const TEACHER: &str = "teacher";

impl Planner<'_> {
    /// Plans the guests that the profile asks for, up to their searches.
    ///
    /// # Errors
    /// Fails if a space is none of this version's.
    pub fn add_guests(&mut self) -> Result<()> {
        let study = &self.experiment.profile.study;
        let Some(teacher) = &study.teacher else { return Ok(()) };
        let teacher = self.teacher(teacher)?;
        self.taught_by = Some(teacher);
        if let Some(autodistil) = &study.autodistil {
            autodistil.parts.iter().try_for_each(|part| self.autodistil(autodistil, part, teacher))?;
        }
        if let Some(nas_bert) = &study.nas_bert {
            self.nas_bert(nas_bert, teacher)?;
        }
        Ok(())
    }

    /// Plans the training of the teacher, and returns its position.
    fn teacher(&mut self, study: &TeacherStudy) -> Result<usize> {
        let space = SearchSpace::find(&study.space)?;
        let id = SubnetId { kind: SubnetKind::Guest, name: TEACHER.to_string() };
        let subnet = NamedArch { id, arch: space.largest() };
        let space = SpaceName::try_from(study.space.clone())?;
        let mut train = from_scratch_in(self.experiment, space, &subnet, STUDY_SEED, study.peak_lr)?;
        // None at all where it is the public network as it is.
        let times = |updates: u64| (updates as f64 * study.updates_share).round() as u64;
        train.optimisation.updates = times(train.optimisation.updates);
        train.optimisation.warmup = times(train.optimisation.warmup);
        Ok(self.scored_training(train, &[]))
    }

    /// Plans the training of a net, and its score; returns the position of the training.
    pub(super) fn scored_training(&mut self, train: TrainSpec, inputs: &[(Role, usize)]) -> usize {
        let (space, method, net) = (train.space.clone(), train.method.clone(), train.subnet.clone());
        let trained = self.graph.add(self.basis, Work::Train(train), inputs);
        let score = score_in(self.experiment, space, &method, STUDY_SEED, net.into_iter().collect());
        self.graph.add(self.basis, score, &[(Role::Training, trained)]);
        trained
    }

    /// Plans the supernet of one of AutoDistil's spaces, and its search.
    fn autodistil(&mut self, study: &AutodistilStudy, part: &AutodistilPart, teacher: usize) -> Result<()> {
        let space = SpaceName::try_from(part.space.clone())?;
        let base = base(self.experiment, STUDY_SEED)?;
        let relation = RelationSpec {
            sequence_length: self.experiment.profile.task.masked_lm().sequence_length,
            relation: study.relation,
            sample: study.search_sequences,
        };
        let optimisation = Optimisation {
            updates: study.updates,
            warmup: (study.warmup * study.updates as f64).round() as u64,
            peak_lr: study.peak_lr,
            adam_epsilon: RELATION_EPSILON,
            ..base.optimisation.clone()
        };
        let train = TrainSpec {
            method: AUTODISTIL.to_string(),
            space: space.clone(),
            optimisation,
            task: TaskSpec::RelationDistil(relation.clone()),
            validate_every: base.validate_every.min(study.updates),
            keep_best: None,
            micro_batches: study.micro_batches,
            ..base
        };
        let supernet = self.graph.add(self.basis, Work::Train(train), &[(Role::Teacher, teacher)]);
        self.graph.jobs[supernet].label = format!("train {AUTODISTIL} on {}", part.space);
        let search = SearchSpec {
            space: space.clone(),
            method: AUTODISTIL.to_string(),
            seed: STUDY_SEED,
            limit: part.limit,
            measured: None,
            strategy: Strategy::Exhaustive,
            task: TaskSpec::RelationDistil(relation),
        };
        let inputs = [(Role::Supernet, supernet), (Role::Teacher, teacher)];
        let job = self.graph.add(self.basis, Work::Search(search), &inputs);
        self.guest_searches.push(GuestSearch { method: AUTODISTIL, job, supernet, space, limit: part.limit });
        Ok(())
    }

    /// Plans what becomes of the nets that guests found: each is trained, scored and fine-tuned from scratch, and fine-tuned
    /// with the weights that are the guest's own: inherited ones, or, where its blocks are no net, those from scratch with a
    /// teacher.
    ///
    /// # Errors
    /// Fails if a space is none of this version's.
    pub fn add_guest_nets(&mut self, nets: &[GuestNet]) -> Result<()> {
        let experiment = self.experiment;
        let scratch = method::reference().name.as_str();
        for net in nets {
            let (space, subnet) = (net.space.clone(), &net.subnet);
            let rate = experiment.scratch_rate_of_size(&space, &subnet.arch)?;
            let mut train = from_scratch_in(experiment, space.clone(), subnet, STUDY_SEED, rate)?;
            // A public network is of other sizes, and has no blocks.
            train.task = train.task.started_at_random();
            let own = match (&experiment.profile.study.nas_bert, self.taught_by) {
                (Some(study), Some(teacher)) if net.method == NAS_BERT => {
                    self.taught_from_scratch(study, train.clone(), teacher)
                }
                _ => net.supernet,
            };
            let trained = self.scored_training(train, &[]);
            let anew = Some(own).filter(|own| *own != net.supernet);
            let longer = match self.taught_by {
                Some(teacher) if experiment.profile.study.equal_flops => {
                    Some(self.equal_flops(net, teacher, trained, anew))
                }
                _ => None,
            };
            let Some(study) = &experiment.profile.study.fine_tuning else { continue };
            let longer = longer.iter().map(|(subnet, trained)| (scratch, subnet, *trained));
            let tuned = [(net.method.as_str(), subnet, own), (scratch, subnet, trained)].into_iter().chain(longer);
            for (method, subnet, trained) in tuned {
                let (seed, space, start) = (STUDY_SEED, space.clone(), FineTuneStart::Merged);
                self.fine_tune(study, &Tuned { method, seed, space, subnet, start, is_continued: false, trained });
            }
        }
        Ok(())
    }
}
